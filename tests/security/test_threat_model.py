"""The threat model's tables name tests that exist, and no numbered kind of attack is without a row."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/threat-model.md"
ITEMS = range(1, 19)
"""The numbered kinds of attacks; the tests of each stand in a file `tests/security/test_NN_….py`."""

_NAMED = re.compile(r"(?P<file>[\w/.-]*test_\w+\.py)(?:::(?P<of>test_\w+))?|(?P<alone>\btest_\w+)")


def _rows() -> list[list[str]]:
    """The cells of the tables of attacks, without their heads."""
    page = PAGE.read_text().partition("## Attacks")[2]
    lines = [line for line in page.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [row for row in cells if row[0] != "attack" and not set(row[0]) <= {"-", " "}]


@cache
def _tests() -> dict[str, set[str]]:
    """The names of all tests, and the files in which one of that name stands."""
    found: dict[str, set[str]] = defaultdict(set)
    rooms = (ROOT / "tests", ROOT / "drivers/contract", ROOT / "reconciler/contract")
    for path in sorted(path for room in rooms for path in room.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name].add(str(path.relative_to(ROOT)))
    return found


def _files_of(row: list[str]) -> list[set[str]]:
    """The files of each test that a row names; none for one that does not exist."""
    everywhere = set().union(*_tests().values())
    found = []
    for match in _NAMED.finditer(row[2]):
        file, name = match["file"], match["of"] or match["alone"]
        files = _tests().get(name, set()) if name else everywhere
        found.append({path for path in files if not file or f"/{path}".endswith(f"/{file}")})
    return found


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row[0][:60])
def test_a_row_names_tests_that_exist(row: list[str]) -> None:
    """`tests/path.py::test_name`, `test_name`, or `path.py` for a file that is about nothing else."""
    assert len(row) == 3, row
    assert all(row), "no cell is empty"
    files = _files_of(row)
    assert files, "no test is named"
    assert all(files), f"of {row[2]}, one does not exist"


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_has_a_row(item: int) -> None:
    """A row that begins with its number, or that names a test of its file `test_NN_….py`."""
    found = [
        row
        for row in _rows()
        if re.match(rf"[ABC]?{item}\b", row[0])
        or any(
            path.startswith(f"tests/security/test_{item:02}_") for files in _files_of(row) for path in files
        )
    ]
    assert found, f"item {item} has no row yet"


def test_there_are_hundreds_of_tests_to_name() -> None:
    assert len(_tests()) > 500


def test_whoever_may_do_something_is_named() -> None:
    page = PAGE.read_text()
    for who in ("tree author", "reviewer", "user of a virtualization host", "hypervisor", "controller host"):
        assert who in page
    assert "## Out of scope" in page
    assert "## How to report" in page
