"""The choices of libvirt's RNG schemas: where an attribute's value decides what else an element has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from lxml import etree

_RNG = "{http://relaxng.org/ns/structure/1.0}"
_THROUGH = frozenset(
    f"{_RNG}{tag}" for tag in ("optional", "group", "interleave", "zeroOrMore", "oneOrMore", "define")
)
Pattern = tuple[etree._Element, frozenset[str]]
"""An element, attribute or choice of the schema, and the definitions around it."""


class Alternatives:
    """The choices of one schema: (path of the element, what chooses) → what not all of them have alike."""

    def __init__(self, folder: Path, schema: str) -> None:
        self.found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._defines: defaultdict[str, list[etree._Element]] = defaultdict(list)
        start = self._read(folder, f"{schema}.rng", set()).find(f"{_RNG}start")
        assert start is not None
        self._visit(list(self._below(start, frozenset())), "")

    def _read(self, folder: Path, name: str, done: set[str]) -> etree._Element:
        root = etree.parse(str(folder / name)).getroot()
        done.add(name)
        for include in root.iter(f"{_RNG}include"):
            if include.get("href", "") not in done:
                self._read(folder, include.get("href", ""), done)
        for define in root.iter(f"{_RNG}define"):
            self._defines[define.get("name", "")].append(define)
        return root

    def _below(self, node: etree._Element, inside: frozenset[str]) -> Iterator[Pattern]:
        for child in node.iterchildren(f"{_RNG}*"):
            yield from self._resolved(child, inside)

    def _resolved(self, node: etree._Element, inside: frozenset[str]) -> Iterator[Pattern]:
        """A pattern, or those that it stands for; a definition within itself (backing stores) once."""
        name = node.get("name", "")
        if node.tag == f"{_RNG}ref":
            for define in self._defines[name] if name not in inside else ():
                yield from self._below(define, inside | {name})
        elif node.tag in _THROUGH:
            yield from self._below(node, inside)
        else:
            yield node, inside

    def _visit(self, patterns: Iterable[Pattern], path: str) -> None:
        for node, inside in patterns:
            if node.tag == f"{_RNG}element" and node.get("name"):
                self._visit(list(self._below(node, inside)), f"{path}/{node.get('name')}".lstrip("/"))
            elif node.tag == f"{_RNG}choice":
                branches = [list(self._resolved(branch, inside)) for branch in node.iterchildren(f"{_RNG}*")]
                self._compare(branches, path)
                for branch in branches:
                    self._visit(branch, path)

    def _compare(self, branches: list[list[Pattern]], path: str) -> None:
        by_chooser: defaultdict[str, list[tuple[frozenset[str], set[str]]]] = defaultdict(list)
        for branch in branches:
            for node, _ in branch:
                if node.tag == f"{_RNG}attribute" and (values := _values(node)):
                    by_chooser[f"@{node.get('name')}"].append((values, self._names(branch)))
        for chooser, said in by_chooser.items():
            if len({values for values, _ in said}) > 1:
                names = [each for _, each in said]
                every = {name for of_one in names for name in of_one}
                common = {name for name in every if all(name in of_one for of_one in names)}
                self.found[path, chooser] |= every - common - {chooser}

    def _names(self, patterns: Iterable[Pattern]) -> set[str]:
        names: set[str] = set()
        for node, inside in patterns:
            if node.tag == f"{_RNG}choice":
                names |= self._names(list(self._below(node, inside)))
            elif node.get("name"):
                local = node.get("name", "").rpartition(":")[2]
                names.add(f"@{local}" if node.tag == f"{_RNG}attribute" else local)
        return names


def _values(attribute: etree._Element) -> frozenset[str]:
    return frozenset(value.text or "" for value in attribute.iter(f"{_RNG}value"))
