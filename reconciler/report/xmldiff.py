"""Documents as unified differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff

from reconciler.compare.model import Difference
from reconciler.report.paint import Paint
from reconciler.report.words import humanised


def xml_diff(name: str, observed: str | None, declared: str | None, paint: Paint) -> Iterator[str]:
    """What would change in a document beside our mark, as `diff -u` shows it; nothing when both are the same.
    A document that cannot be read is shown as it is."""
    before, after = pretty(observed), pretty(declared)
    for line in unified_diff(before, after, f"observed/{name}", f"declared/{name}", lineterm=""):
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        yield paint(colour, line)


def live_diff(name: str, differences: Iterable[Difference], paint: Paint) -> Iterator[str]:
    """What would change of what runs, where its definition is as it should be; value by value, for what a
    start makes of a definition is another document."""
    heads = [f"--- running/{name}", f"+++ declared/{name}"]
    for difference in differences:
        yield from heads
        heads = []
        yield paint("cyan", f"@@ {difference.path} @@")
        for sign, colour, value in (("-", "red", difference.observed), ("+", "green", difference.declared)):
            for line in humanised(value).split("\n") if value is not None else ():
                yield paint(colour, f"{sign}{line}")


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
