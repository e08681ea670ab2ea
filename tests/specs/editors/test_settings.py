"""What editors are told of a tree: put in once, and all else stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.editors import SCHEMA_FILE, modeline, schema_text, with_modelines
from specs.editors.jsonc import read, with_entry
from specs.editors.settings import EDITORS, TreePlace
from specs.schema import schema

MINE = """\
// mine
{
  "a": 1, // one
  /* "yaml.schemas": {} */
  "yaml.schemas": {"x": ["y", ],},
  "text": "with // and \\" in it",
}
"""


def test_the_schema_as_a_file_is_the_schema() -> None:
    assert json.loads(schema_text()) == json.loads(json.dumps(schema()))


def test_every_document_of_a_file_is_led_to_it() -> None:
    assert modeline("a/b/c.yaml") == f"# yaml-language-server: $schema=../../{SCHEMA_FILE}\n"
    line = modeline("a.yaml")
    assert with_modelines("x: 1\n---\ny: 2\n", "a.yaml") == f"{line}x: 1\n---\n{line}y: 2\n"


@pytest.mark.parametrize("name", EDITORS)
@pytest.mark.parametrize("place", [TreePlace(), TreePlace("deploy/lab/")], ids=["alone", "below"])
def test_twice_is_once(name: str, place: TreePlace) -> None:
    merge = EDITORS[name].merge
    once = merge("", place)
    assert place.schema in once
    assert merge(once, place) == once


@pytest.mark.parametrize(
    ("name", "text"),
    [("vscode", MINE), ("coc", "{}"), ("zed", '{"lsp": {"x": {}}}'), ("helix", '[[language]]\nname = "a"\n')],
)
def test_what_is_there_stays(name: str, text: str) -> None:
    made = EDITORS[name].merge(text, TreePlace())
    assert EDITORS[name].merge(made, TreePlace()) == made
    rest = iter(made)
    assert all(sign in rest for sign in text.strip()), made  # all of it, in its order
    if name != "helix":
        assert SCHEMA_FILE in json.dumps(read(made))


def test_two_trees_of_one_repository() -> None:
    for name in set(EDITORS) - {"neovim", "emacs", "helix"}:
        merge = EDITORS[name].merge
        both = merge(merge("", TreePlace("a/")), TreePlace("b/"))
        assert f"a/{SCHEMA_FILE}" in both
        assert f"b/{SCHEMA_FILE}" in both


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vscode", "[]"),
        ("vscode", '{"yaml.schemas": 1}'),
        ("vscode", '{"a": '),
        ("helix", "["),
        ("helix", "[language-server.yaml-language-server.config.yaml.schemas]\na = 'b'\n"),
        ("jetbrains", "<project/>"),
        ("jetbrains", "<"),
        ("emacs", "((nil . ()))"),
    ],
)
def test_what_is_not_understood_is_left_alone(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        EDITORS[name].merge(text, TreePlace())


@given(
    st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from("abc"), st.integers())),
    st.sampled_from([None, 1, 2]),
)
def test_an_entry_is_all_that_changes(value: dict[str, dict[str, int]], indent: int | None) -> None:
    made = (
        with_entry(json.dumps(value, indent=indent), ("a", "b", "c"), [1])
        if "b" not in value.get("a", {})
        else ""
    )
    if made:
        wanted = {**value, "a": {**value.get("a", {}), "b": {"c": [1]}}}
        assert read(made) == wanted
