"""Our ownership mark: an element of a document, and a line of a text field where a hypervisor has no more.

A hypervisor's own field (annotation, notes, a description) then holds the user's words, and under an empty
line the mark. Whoever reads it there sees whose the machine is; a person who edits the text above it does no
harm, and one who takes the line away takes the machine out of our hands.
"""

from __future__ import annotations

import re

from lxml import etree

from specs.documents.marks import NAMESPACE
from specs.xml import parse

_OWNER = f"metadata/{{{NAMESPACE}}}owner"
_LINE = re.compile(rf"(?:\A|\n\s*\n)(<([\w.-]+):owner xmlns:\2=\"{NAMESPACE}\"[^<>\n]*/>)\s*\Z")


def with_mark(description: str, mark: str) -> str:
    """A text field that holds both the user's words and the mark."""
    return "\n\n".join(part for part in (description.rstrip(), mark) if part)


def parted(text: str) -> tuple[str, str]:
    """The user's words and the mark in a text field; '' for what is not there."""
    text = text.replace("\r\n", "\n").strip()
    found = _LINE.search(text)
    return (text, "") if found is None else (text[: found.start()].strip(), found[1])


def put_mark_text(root: etree._Element, mark: str) -> None:
    """Puts a mark into the metadata of a document that has none; '' puts nothing."""
    if not mark:
        return
    metadata = root.find("metadata")
    if metadata is None:
        metadata = etree.SubElement(root, "metadata")
    metadata.append(parse(mark))


def take_mark_text(root: etree._Element) -> str:
    """Takes the mark out of a document; '' where it has none."""
    owner = root.find(_OWNER)
    if owner is None:
        return ""
    metadata = owner.getparent()
    assert metadata is not None
    owner.tail = None
    mark = etree.tostring(owner, encoding="unicode")
    metadata.remove(owner)
    return mark
