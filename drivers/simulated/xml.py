"""XML as a hypervisor reads and writes it: hardened parsing, indented output, ordered children."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from lxml import etree

from drivers.base.errors import Refused
from specs.xml import NotXml
from specs.xml import parse as read

Element = etree._Element


def refuse(message: str, hint: str = "") -> NoReturn:
    """Raises Refused."""
    raise Refused(message, hint)


def parse(document: str, tag: str = "") -> Element:
    """The root element; Refused when the text is not well-formed, or its root another element."""
    try:
        root = read(document, blanks=False)
    except NotXml as error:
        raise Refused(f"the document is not taken: {error}") from error
    if tag and root.tag != tag:
        refuse(f"the document's root is <{root.tag}>, expected <{tag}>")
    return root


def to_text(root: Element) -> str:
    """An element as text."""
    etree.indent(root, space="  ")
    return etree.tostring(root, encoding="unicode") + "\n"


def text_of(root: Element, path: str) -> str:
    """The text at a path; '' for none."""
    return (root.findtext(path) or "").strip()


def number(element: Element, name: str, default: int = 0) -> int:
    """An attribute that holds a number, decimal or 0x…; Refused when it holds something else."""
    text = element.get(name)
    try:
        value = default if text is None else int(text, 0)
    except ValueError:
        value = -1
    if value < 0:
        refuse(f"invalid {name} '{text}' of <{element.tag}>", "write a number from 0, decimal or 0x…")
    return value


def add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """Adds a child."""
    child = etree.SubElement(parent, tag, attributes)
    child.text = text
    return child


def put_behind(parent: Element, behind: Sequence[str], tag: str, **attributes: str) -> Element:
    """A new child right behind the last one whose tag is named, first where there is none."""
    child = etree.Element(tag, attributes)
    places = [index for index, other in enumerate(parent) if other.tag in behind]
    parent.insert(places[-1] + 1 if places else 0, child)
    return child


def attribute(parent: Element, path: str, name: str, default: str = "") -> str:
    """An attribute of the first element at a path; the default where either is missing."""
    element = parent.find(path)
    return default if element is None else (element.get(name) or default)


def ensure(parent: Element, tag: str, **attributes: str) -> Element:
    """The child, created if there is none; attributes are defaults."""
    child = parent.find(tag)
    if child is None:
        child = etree.SubElement(parent, tag)
    for name, value in attributes.items():
        if child.get(name) is None:
            child.set(name, value)
    return child


def remove(parent: Element, *tags: str) -> None:
    """Removes the children of these names."""
    for tag in tags:
        for child in parent.findall(tag):
            parent.remove(child)


def drop_attributes(element: Element, *names: str) -> None:
    """Removes attributes, if they are there."""
    for name in names:
        if name in element.attrib:
            del element.attrib[name]


def arrange(parent: Element, order: Sequence[str], last: Sequence[str] = (), *, strict: bool = False) -> None:
    """Sorts children: those of `order`, then unknown ones, then `last`; equal ones keep their order.

    `strict` drops what no sequence names, as libvirt drops elements that it does not know.
    """
    ranks = {tag: rank for rank, tag in enumerate((*order, "", *last))}
    children = [child for child in parent if not strict or _local(child) in ranks]
    parent[:] = sorted(children, key=lambda child: ranks.get(_local(child), ranks[""]))


def _local(element: Element) -> str:
    return str(element.tag)
