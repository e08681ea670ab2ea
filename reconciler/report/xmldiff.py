"""Documents as unified differences."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from reconciler.report.paint import Paint


def xml_diff(name: str, observed: str | None, declared: str | None, paint: Paint) -> Iterator[str]:
    """What would change in a document beside our mark, as `diff -u` shows it; nothing when both are the same.
    A document that cannot be read is shown as it is."""
    before, after = pretty(observed), pretty(declared)
    for line in unified_diff(before, after, f"observed/{name}", f"declared/{name}", lineterm=""):
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        yield paint(colour, line)


def pretty(document: str | None) -> list[str]:
    """The lines of a document without our mark, indented; of one that cannot be read, as it is."""
    if not document:
        return []
    from lxml import etree

    from specs.documents.marks import beside_mark
    from specs.xml import NotXml, parse

    try:
        root = parse(beside_mark(document), blanks=False)
    except NotXml:
        return document.split("\n")
    etree.indent(root)
    return etree.tostring(root, encoding="unicode").split("\n")
