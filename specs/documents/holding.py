"""Whether a document holds all that another one does: a quick look that saves a comparison."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from specs.xml import parse

_TELLING = frozenset({"dev", "index", "name"})
"""Attributes by whose values elements of one tag are told apart."""


def holds_all_of(document: str, given: str) -> bool:
    """Whether every element and attribute of what was `given` has one at the same place in the document,
    whatever their values have become. False may only mean that a closer look is needed."""
    return not _places(parse(given)) - _places(parse(document))


def _places(root: etree._Element) -> Counter[str]:
    found: Counter[str] = Counter()
    _count(root, "", found)
    return found


def _count(element: etree._Element, path: str, found: Counter[str]) -> None:
    for child in element.iterchildren(etree.Element):
        place = f"{path}/{child.tag!s}"
        if child.attrib:
            names = [str(name) for name in child.attrib]
            for name in names:
                if name in _TELLING:
                    place += f"[{name}={child.attrib[name]!s}]"
            found.update(f"{place}@{name}" for name in names)
        found[place] += 1
        if len(child):
            _count(child, place, found)
