"""One word, one class: whoever reads a name knows which one is meant, wherever he reads it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PACKAGES = ("specs", "drivers", "state", "reconciler")

EXCEPTIONS = {
    "Host": "a kind's model is called by its kind, as the schema shows it; what a driver opens is a host too",
}
"""Names that several classes have, and why."""


def classes() -> dict[str, list[str]]:
    """The files that define a class, by its name."""
    found = defaultdict(list)
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(path.relative_to(ROOT)))
    return found


def test_no_two_classes_have_one_name() -> None:
    twice = {name: files for name, files in classes().items() if len(files) > 1}
    assert {name: files for name, files in twice.items() if name not in EXCEPTIONS} == {}
    assert EXCEPTIONS.keys() <= twice.keys()
    assert all(re.search(r"\w+ \w+", why) for why in EXCEPTIONS.values())


def test_no_class_is_imported_by_another_name() -> None:
    """An alias is where a second meaning begins. Constants may have one, and private names."""
    known = classes()
    aliases = [
        f"{path.relative_to(ROOT)}: {name.name} as {name.asname}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if name.asname and name.name in known
    ]
    assert aliases == []


def test_no_imports_go_round() -> None:
    """Those for types alone, and those inside of functions, count too."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    TopologicalSorter(
        {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    ).prepare()
