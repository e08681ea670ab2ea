"""Elements of VirtualBox's files, whatever their namespace is called."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

Element = etree._Element


def uuid_in(node: Element | None) -> str:
    """The UUID that an element has."""
    return "" if node is None else node.get("uuid", "").strip("{}").lower()


def child(node: Element | None, name: str) -> Element | None:
    """The first child of a name."""
    return None if node is None else node.find(f"{{*}}{name}")


def every(node: Element, path: str) -> Iterator[Element]:
    """All that stand at a path."""
    return node.iterfind("/".join(f"{{*}}{name}" for name in path.split("/")))


def said(node: Element, path: str, attribute: str) -> str:
    """An attribute of what stands at a path; \'\' where it is not said."""
    found = next(every(node, path), None)
    return "" if found is None else found.get(attribute, "")
