"""Edits of the document that a tree was made of."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from specs.documents.tree import Node
from specs.xml import copy_of


def put(element: Node, source: Node, name: str, value: str) -> None:
    """Puts a value into the observed document as its own document spells it, unit and all."""
    target = element.source
    write_out(element)
    if not name:
        target.text = (source.source.text or "").strip() or value
        _drop(target, "unit")
    elif name == "prefix":
        _drop(target, "netmask")
    if name:
        target.set(name, source.source.get(name, value))
    for measure in ("unit", "units"):
        unit = source.source.get(measure, "")
        if unit.isalpha():  # a drive's address has a numeric 'unit', which is none of measure
            target.set(measure, unit)


def write_out(element: Node) -> None:
    """Puts an element that the document did not spell out into it."""
    if element.home is not None and element.source.getparent() is None:
        write_out(element.home)
        element.home.source.append(element.source)


def unset(element: Node, name: str) -> None:
    """Takes an attribute away, or the text where no name is given."""
    if name:
        _drop(element.source, name)
    else:
        element.source.text = None


def _drop(element: etree._Element, name: str) -> None:
    if name in element.attrib:
        del element.attrib[name]


def detach(element: Node) -> None:
    """Takes an element out of its document."""
    parent = element.source.getparent()
    if parent is not None:
        parent.remove(element.source)


def insert(parent: Node, child: Node) -> None:
    """Puts a copy of an element after its last sibling of the same tag, or at the end."""
    write_out(parent)
    copy = copy_of(child.source)
    last = next(parent.source.iterchildren(str(copy.tag), reversed=True), None)
    if last is None:
        parent.source.append(copy)
    else:
        copy.tail, last.tail = last.tail, None
        last.addnext(copy)


def settle(root: etree._Element, twice: Iterable[tuple[str, str, str]]) -> None:
    """Drops, in a merged document, older spellings where the newer one is there: an element, its older
    attribute, the child that says the same."""
    for path, attribute, child in twice:
        for element in root.iterfind(path):
            if element.get(attribute) is not None and element.find(child) is not None:
                del element.attrib[attribute]
