"""YAML: values are what they look like, and every part has its place."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from specs.diagnostics import Problem
from specs.reading.yaml import Document, read_documents


def _read(text: str) -> Document:
    problems: list[Problem] = []
    (document,) = read_documents(text, "a.yaml", problems)
    assert not problems
    return document


@pytest.mark.parametrize(
    "text",
    [
        "52:54:00:50:00:01",
        "0644",
        "0o17",
        "0x1F",
        "007",
        "+5",
        "-0",
        "on",
        "off",
        "yes",
        "no",
        "No",
        "y",
        "1.10",
        "1.5",
        "1e3",
        ".inf",
        "1_000",
        "190:20:30",
        "2026-11-23",
        "2026-11-23T01:02:03Z",
        "=",
        "10.0.0.1",
        "'5'",
        '"true"',
        "!!str 5",
    ],
)
def test_text_stays_text(text: str) -> None:
    assert _read(f"a: {text}").value == {"a": text.removeprefix("!!str ").strip("'\"")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("5", 5),
        ("-5", -5),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_numbers_truth_and_nothing(text: str, value: Any) -> None:
    found = _read(f"a: {text}").value["a"]
    assert found == value
    assert type(found) is type(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text("abc :-#\n'é", max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("abé ", min_size=1), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_what_is_written_is_read(value: Any) -> None:
    assert _read(yaml.safe_dump(value, allow_unicode=True)).value == value


def test_places() -> None:
    document = _read("a: 1\nb:\n  - x\n  - {c: 2, é: 3}\n")
    assert str(document.origin()) == "a.yaml:1:1"
    assert str(document.origin(("b", 1, "c"))) == "a.yaml:4:9"
    assert str(document.origin(("b", 1, "c"), key=True)) == "a.yaml:4:6"
    assert str(document.origin(("b", 1, "é"))) == "a.yaml:4:15"
    assert str(document.origin(("b", 1, "gone"))) == "a.yaml:4:5", "the nearest parent"
    assert str(document.origin(("b", 7))) == "a.yaml:3:3"


def test_merge_keys() -> None:
    value = _read("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], c: 3}\n").value
    assert value["z"] == {"a": 1, "b": 1, "c": 3}
    assert _read("x: {'<<': 5}").value == {"x": {"<<": 5}}, "quoted, it is a key as others"


def test_a_wrong_value_does_not_hide_the_rest() -> None:
    problems: list[Problem] = []
    found = list(read_documents("a: 1\na: 2\nb: !x 3\n---\nc: 1\n---\nd: [\n", "a.yaml", problems))
    assert [document.value for document in found] == [{"a": 1, "b": "3"}, {"c": 1}]
    assert [str(problem.origin) for problem in problems] == ["a.yaml:2:1", "a.yaml:3:4", "a.yaml:8:1"]


def test_a_byte_order_mark_and_empty_documents() -> None:
    problems: list[Problem] = []
    assert [d.value for d in read_documents("---\n---\na: 1\n...\n", "a.yaml", problems)] == [None, {"a": 1}]
    assert list(read_documents("# nothing\n", "a.yaml", problems)) == []
    assert not problems
