"""Merging libvirt XML into a rendered document, by libvirt's own identities."""

from __future__ import annotations

from lxml import etree

from specs.documents.identities import LIBVIRT, Listed
from specs.documents.tree import to_node
from specs.documents.values import normalise_values
from specs.xml import NotXml, copy_of, parse


def merge(document: etree._Element, overlay: str) -> None:
    """Merges the overlay into the document, in place.

    Raises ValueError when it is not well-formed, has another root, or contradicts the name or UUID.
    """
    try:
        other = parse(overlay.strip(), blanks=False)
    except NotXml as error:
        raise ValueError(f"xml {'has' if 'DOCTYPE' in str(error) else 'is'} {error}") from None
    if other.tag != document.tag:
        raise ValueError(f"xml begins with <{other.tag}>, not with <{document.tag}>")
    for own, field in (("name", "metadata.name"), ("uuid", "uuid")):
        mine, theirs = document.findtext(own), other.findtext(own)
        if mine and theirs and mine.strip() != theirs.strip():
            raise ValueError(f"xml says <{own}>{theirs}</{own}>, {field} says {mine}")
    _merge(document, other, "")


def _merge(into: etree._Element, other: etree._Element, path: str) -> None:
    for name, value in other.attrib.items():
        into.set(name, value)
    if other.text and other.text.strip():
        into.text = other.text.strip()
    siblings: dict[str, Siblings] = {}
    for child in other:
        tag = str(child.tag)
        if tag not in siblings:
            siblings[tag] = Siblings(into, tag, LIBVIRT.of(path, tag))
        twin = siblings[tag].twin(child)
        if twin is None:
            into.append(copy_of(child))
            siblings[tag].add(into[-1])
        else:
            _merge(twin, child, f"{path}/{tag}" if path else tag)


class Siblings:
    """The elements of one tag in the document, found by what tells them apart or by position."""

    def __init__(self, into: etree._Element, tag: str, row: Listed | None) -> None:
        self._row = row
        self.by_position = row is None or row.by_position
        """Whether one without an identity is matched by its position."""
        self._all: list[etree._Element] = []
        self._known: dict[str, etree._Element] = {}
        self._asked = 0
        for node in into.findall(tag):
            self.add(node)

    def add(self, node: etree._Element) -> None:
        """One more of them."""
        self._all.append(node)
        key = self.key(node)
        if key:
            self._known.setdefault(key, node)

    def twin(self, child: etree._Element) -> etree._Element | None:
        """The one that the overlay's next element of this tag is about."""
        position, self._asked = self._asked, self._asked + 1
        key = self.key(child)
        if key:
            return self._known.get(key)
        return self._all[position] if self.by_position and position < len(self._all) else None

    def key(self, element: etree._Element) -> str:
        """What tells an element apart, however its values are spelled."""
        if self._row is None:
            return ""
        node = to_node(element)
        normalise_values(node)
        return self._row.identity(node)
