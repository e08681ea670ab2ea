"""The way to a place of a document, and a document that is nothing but that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from specs.xml import NotXml, parse

_LABEL = "{urn:virt-reconcile:said}label"
_STEP = re.compile(r"(?P<tag>(?:\{[^}]*\})?[^/\[{]+)")


def around(path: str) -> str:
    """The path of the element around a place, as long as that is one of a list."""
    steps = list(_steps(path))[:-1]
    while steps and not steps[-1][1]:
        steps.pop()
    return "/".join(f"{tag}[{label}]" if label else tag for tag, label in steps)


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """The element at the end of a way, and the attribute that stands there ('' for its text, or for itself);
    `whole` says that the element is what stands there."""

    tip: etree._Element
    attribute: str = ""
    whole: bool = False


def way_to(root: etree._Element, path: str, value: str) -> PlaceFound | None:
    """The way to a place, and what stands there; None where it is no place of a document."""
    try:
        return _made(root, path, value)
    except ValueError:  # no name of an element, or no text of one
        return None


def _made(root: etree._Element, path: str, value: str) -> PlaceFound | None:
    node = root
    for tag, label in _steps(path):
        if tag.startswith("@"):
            node.set(tag[1:], value)
            return PlaceFound(node, tag[1:])
        node = etree.SubElement(node, tag)
        if label:
            node.set(_LABEL, label)
    if node is root:
        return None
    element = _in_place_of(node, value) if value.startswith("<") else None
    if element is not None:
        return PlaceFound(element, whole=True)
    node.text = value
    return PlaceFound(node)


def _in_place_of(node: etree._Element, value: str) -> etree._Element | None:
    """An element that is given as XML; a text may look like one."""
    try:
        element = parse(value, blanks=False)
    except NotXml:
        return None
    parent = node.getparent()
    if element.tag != node.tag or parent is None:
        return None
    if label := node.get(_LABEL):
        element.set(_LABEL, label)
    parent.replace(node, element)
    return element


def label_of(node: etree._Element) -> str:
    """What tells an entry from the others, without what all of its kind have in common."""
    return str(node.get(_LABEL, "")).removeprefix("virtio,")


def _steps(path: str) -> Iterator[tuple[str, str]]:
    """The steps of a path with their labels; a label may itself hold slashes and brackets."""
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return
        tag, at = match["tag"], match.end()
        label, depth, begun = "", 0, at
        while at < len(path) and (depth or path[at] == "["):
            depth += {"[": 1, "]": -1}.get(path[at], 0)
            at += 1
        if at > begun:
            label = path[begun + 1 : at - 1]
        yield tag, label
        at += 1
