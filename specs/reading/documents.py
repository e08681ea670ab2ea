"""libvirt XML files → elements with lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from lxml import etree

from specs.diagnostics import Origin, Problem, did_you_mean
from specs.identity import FACTS, Kind
from specs.xml import NotXml, parse

KINDS: Mapping[str, Kind] = {facts.tag: kind for kind, facts in FACTS.items()}
"""libvirt's root elements."""


def read_xml(file: str, data: bytes) -> tuple[Kind, etree._Element] | Problem:
    """A libvirt document and its kind by the root element, or what is wrong with the file."""
    try:
        root = parse(data)
    except NotXml as error:
        return Problem(Origin(file, error.line, error.column), str(error))
    kind = KINDS.get(str(root.tag))
    if kind is None:
        message = f"<{root.tag}> is no libvirt document that can be declared{did_you_mean(root.tag, KINDS)}"
        return Problem(Origin(file, line_of(root)), message)
    return kind, root


def line_of(element: etree._Element) -> int:
    """The line on which an element begins."""
    return cast(int, element.sourceline or 1)


def name_of(root: etree._Element) -> str:
    """The name that a document gives itself, to the letter as libvirt takes it; of a secret the identifier
    of its usage, or its UUID."""
    kind = KINDS[str(root.tag)]
    if kind is Kind.SECRET:
        usage = root.find("usage")
        inner = usage[0].text if usage is not None and len(usage) else None
        return (inner or root.findtext("uuid") or "").strip()
    return told_name(kind, root) or ""


def told_name(kind: Kind, root: etree._Element) -> str | None:
    """The name where documents of a kind say one; None where this one says none."""
    element, _, attribute = FACTS[kind].named_at.partition("@")
    return root.get(attribute) if attribute else root.findtext(element)
