"""What a document says beyond another: the overlay that makes the one of the other when it is merged in."""

from __future__ import annotations

from lxml import etree

from specs.documents.identities import LIBVIRT
from specs.documents.overlay import Siblings
from specs.xml import copy_of


def remainder(less: etree._Element, more: etree._Element, path: str = "") -> etree._Element | None:
    """What `more` says and `less` does not, to be merged into `less` (`overlay.merge`); None for nothing.

    What only `less` says stays: an overlay takes nothing away. `path` is where they are, from their root.
    """
    rest = etree.Element(more.tag)
    for name, value in more.attrib.items():
        if less.get(name) != value:
            rest.set(name, value)
    text = (more.text or "").strip()
    if text and text != (less.text or "").strip():
        rest.text = text
    for tag in dict.fromkeys(str(child.tag) for child in more):
        known = Siblings(less, tag, LIBVIRT.of(path, tag))
        _add(rest, known, more.findall(tag), less.findall(tag), f"{path}/{tag}" if path else tag)
    return rest if len(rest) or rest.attrib or rest.text else None


def _add(
    rest: etree._Element,
    known: Siblings,
    wanted: list[etree._Element],
    there: list[etree._Element],
    path: str,
) -> None:
    """The parts of all elements of one tag; those that are told apart by their position keep it."""
    same = [_canonical(node) for node in there]
    parts: list[tuple[etree._Element, bool]] = []
    for element in wanted:
        twin = known.twin(element)
        if twin is not None:
            part = remainder(twin, element, path)
            parts.append((_recognised(part, element, known), part is not None))
        elif not known.by_position and not known.key(element) and _canonical(element) in same:
            same.remove(_canonical(element))
        else:
            parts.append((copy_of(element), True))
    last = max((number for number, (_, says) in enumerate(parts) if says), default=-1)
    rest.extend(part for part, says in parts[: last + 1] if says or known.by_position)


def _recognised(part: etree._Element | None, element: etree._Element, known: Siblings) -> etree._Element:
    """A part of an element, with as much of it as tells which one is meant: one child if that is enough."""
    key = known.key(element)
    part = etree.Element(element.tag) if part is None else part
    if known.key(part) == key:
        return part
    for child in element:
        tried = copy_of(part)
        _say(tried, child)
        if known.key(tried) == key:
            return tried
    for name, value in element.attrib.items():
        part.set(name, value)
    for child in element:
        if known.key(part) != key:
            _say(part, child)
    return part


def _say(part: etree._Element, child: etree._Element) -> None:
    """Puts a whole child in, where a part of it was."""
    for said in part.findall(str(child.tag)):
        part.remove(said)
    part.append(copy_of(child))


def _canonical(element: etree._Element) -> str:
    return etree.tostring(copy_of(element), method="c14n").decode()
