"""The rules of size: small files, functions that are read at a glance. ruff holds the rest (C901, D1)."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
PACKAGES = ("specs", "drivers", "state", "reconciler")

MEDIAN_LINES = 110
MOST_LINES = 350
MOST_LINES_OF_A_FUNCTION = 50
MOST_BRANCHES = 15

EXCEPTIONS: dict[str, str] = {}
"""What is larger, 'path' or 'path:function', and why it had better stay in one piece."""


def files() -> dict[str, int]:
    """The lines of each file that holds code."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in found}
    return {path: count for path, count in lines.items() if count}


def functions() -> Iterator[tuple[str, int]]:
    """Each function with its lines, docstring and comments included."""
    for path in files():
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def too_large() -> dict[str, int]:
    return {
        **{path: lines for path, lines in files().items() if lines > MOST_LINES},
        **{name: lines for name, lines in functions() if lines > MOST_LINES_OF_A_FUNCTION},
    }


def test_the_median_file_is_small() -> None:
    assert median(files().values()) <= MEDIAN_LINES


def test_no_file_and_no_function_is_large_without_a_reason() -> None:
    assert {name: lines for name, lines in too_large().items() if name not in EXCEPTIONS} == {}


def test_every_exception_is_one_and_says_why() -> None:
    assert EXCEPTIONS.keys() <= too_large().keys()
    assert all(re.search(r"\w+ \w+", why) for why in EXCEPTIONS.values())


def test_complexity_and_docstrings_are_checked_without_exceptions() -> None:
    """An exception to these would be a comment in the code: there is none."""
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert {"C901", "D1"} <= set(lint["select"])
    assert lint["mccabe"]["max-complexity"] <= MOST_BRANCHES
    ignored = {path: rules for path, rules in lint["per-file-ignores"].items() if {"C901", "D"} & set(rules)}
    tests = ("tests/", "{tests,examples/driver/tests}/", "{drivers,reconciler}/contract/test_")
    assert all(path.startswith(tests) for path in ignored)
    marked = re.compile(r"noqa:[^#\n]*\b(C901|D1\d\d)")
    assert [path for path in files() if marked.search((ROOT / path).read_text())] == []
