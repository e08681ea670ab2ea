"""The way to a place of a document, and a document that is nothing but that."""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def way_to(root: etree._Element, path: str, value: str) -> tuple[etree._Element | None, str]:
    """The way to a place, and what stands there; None where it is no place of a document."""
    try:
        return _made(root, path, value)
    except ValueError:  # no name of an element, or no text of one
        return None, ""


def _made(root: etree._Element, path: str, value: str) -> tuple[etree._Element | None, str]:
    node, attribute = root, ""
    steps = list(_steps(path))
    for tag, label in steps:
        if tag.startswith("@"):
            attribute = tag[1:]
            node.set(attribute, value)
            break
        node = etree.SubElement(node, tag)
        if label:
            node.set(_LABEL, label)
    if not steps:
        return None, ""
    if not attribute and value.startswith("<"):
        node = _in_place_of(node, value)
    elif not attribute:
        node.text = value
    return node, attribute


def _in_place_of(node: etree._Element, value: str) -> etree._Element:
    try:
        element = parse(value, blanks=False)
    except NotXml:
        return node
    if label := node.get(_LABEL):
        element.set(_LABEL, label)
    parent = node.getparent()
    assert parent is not None
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
