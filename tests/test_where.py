"""Where does it go: the page in CONTRIBUTING keeps its word, as far as the code itself can tell."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from reconciler.execute.calls import perform
from reconciler.operations import AnyOperation, Operation

ROOT = Path(__file__).parents[1]
PACKAGES = ("specs", "drivers", "state", "reconciler")
MOST = {
    "a typed field": 2,
    "an effect rule": 1,
    "a kind": 6,
    "an operation": 3,
    "a common option": 1,
    "another backend of the state": 1,
    "what wakes `run`": 2,
    "a native driver": 1,
    "a window policy": 3,
    "a view on status": 1,
}
_ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<number>\d+) \| (?P<files>[^|]+) \|$", re.MULTILINE)
_PATH = re.compile(r"`((?:specs|drivers|state|reconciler)/[\w/.]*)`")
_TABLES = {"state/backends.py"}
"""One line in a table that names them all."""
_KNOWS_THE_DEFAULT = {"state/location.py"}
"""Where the embedded state lies is a matter of files."""
_OF_ITS_OWN = {"--host": {"adopt.py", "init.py"}}
"""Options of a common name that are others: adopt and init take one URI alone."""


def rows() -> dict[str, tuple[int, list[str]]]:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    part = page.partition("## Where does it go")[2].partition("\nWhat else:")[0]
    return {
        row["what"]: (int(row["number"]), [p for p in _PATH.findall(row["files"]) if p not in _TABLES])
        for row in _ROW.finditer(part)
    }


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_page_has_a_row_for_each() -> None:
    assert rows().keys() == MOST.keys()


@pytest.mark.parametrize("what", MOST)
def test_a_row_names_no_more_files_than_it_says_and_they_are_there(what: str) -> None:
    number, paths = rows()[what]
    assert len(paths) == number <= MOST[what]
    for path in paths:
        assert (ROOT / path).exists(), path


def _concrete(base: type[Operation] = Operation) -> Iterator[type[Operation]]:
    """All classes of operations that have a verb, by the modules that define them."""
    for kind in base.__subclasses__():
        if isinstance(_verb(kind), str):
            yield kind
        yield from _concrete(kind)


def _verb(kind: type[Operation]) -> object:
    return next(field.default for field in fields(kind) if field.name == "verb")


def test_every_operation_is_named_and_its_verb_is_its_own() -> None:
    known = set(get_args(AnyOperation))
    # A class with slots leaves the one without them behind: names count.
    assert {kind.__qualname__ for kind in known} == {kind.__qualname__ for kind in _concrete()}
    assert len({_verb(kind) for kind in known}) == len(known)


def test_every_operation_is_performed_or_made_of_such() -> None:
    made_of_others = {kind for kind in get_args(AnyOperation) if "steps" in vars(kind)}
    performed = set(perform.registry) - {object, Operation}
    assert performed == set(get_args(AnyOperation)) - made_of_others


def test_only_the_drivers_of_libvirt_know_its_binding() -> None:
    knowing = {
        path
        for path, tree in modules()
        if any(name == "libvirt" or name.startswith(("libvirt_", "libvirtmod")) for name in imports(tree))
    }
    assert {path.rpartition("/")[0] for path in knowing} <= {
        "drivers/libvirt",
        "drivers/libvirt/facets",
    }


@pytest.mark.parametrize("folder", ["drivers/libvirt", "drivers/simulated", "state/sqlite"])
def test_a_driver_or_a_backend_is_known_to_nobody_else(folder: str) -> None:
    module = folder.replace("/", ".")
    for path, tree in modules():
        if not path.startswith(folder) and path not in _KNOWS_THE_DEFAULT:
            assert not [name for name in imports(tree) if name.startswith(module)], path


def test_every_option_is_declared_once() -> None:
    declared: dict[str, set[str]] = defaultdict(set)
    shared = ROOT / "reconciler/cli/options.py"
    common = set(re.findall(r'"(--[a-z-]+)', shared.read_text()))
    for path in sorted((ROOT / "reconciler/cli").glob("*.py")):
        for option in re.findall(r'click\.option\(\s*"(--[a-z-]+)', path.read_text()):
            declared[option].add(path.name)
    twice = {option: declared[option] for option in common & declared.keys()}
    assert twice == _OF_ITS_OWN
