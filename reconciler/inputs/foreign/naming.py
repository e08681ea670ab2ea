"""What a document of another tool's guest still needs before it is one of ours."""

from __future__ import annotations

from lxml import etree

from specs.xml import Element


def as_document(root: Element, name: str, usual: str) -> str:
    """A description as text; a guest without a type has the `usual` one, and one without a name this."""
    if root.tag == "domain" and not root.get("type"):
        root.set("type", usual)
    if root.tag == "domain" and not (root.findtext("name") or "").strip():
        etree.SubElement(root, "name").text = name
    return etree.tostring(root, encoding="unicode", pretty_print=True)
