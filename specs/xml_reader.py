"""libvirt XML → elements with lines, with nothing that XML can do besides: no entities, DTD or network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from lxml import etree

from specs.diagnostics import Origin, Problem, did_you_mean
from specs.identity import Kind

KINDS: Mapping[str, Kind] = {
    "domain": Kind.DOMAIN,
    "network": Kind.NETWORK,
    "pool": Kind.STORAGE_POOL,
    "volume": Kind.VOLUME,
    "secret": Kind.SECRET,
    "filter": Kind.NETWORK_FILTER,
}
"""libvirt's root elements."""

_DOCTYPE = re.compile(rb"(?:\s++|\xef\xbb\xbf|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)


class NotXml(ValueError):
    """The text is no XML that we take; line and column from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def parse_xml(data: bytes) -> etree._Element:
    """The root element, comments and processing instructions left out. Raises NotXml."""
    declaration = _DOCTYPE.match(data)
    if declaration:
        line = data.count(b"\n", 0, declaration.end()) + 1
        raise NotXml("a DOCTYPE, and with it entities, are not allowed; libvirt needs neither", line)
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        message = re.sub(r", line \d+, column \d+.*", "", error.msg or "")
        message = message[:1].lower() + message[1:]
        raise NotXml(f"not well-formed XML: {message}", max(line, 1), max(column, 1)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotXml("a DOCTYPE, and with it entities, are not allowed; libvirt needs neither")
    return root


def read_xml(file: str, data: bytes) -> tuple[Kind, etree._Element] | Problem:
    """A libvirt document and its kind by the root element, or what is wrong with the file."""
    try:
        root = parse_xml(data)
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
    """The name that a document gives itself; of a secret the identifier of its usage, or its UUID."""
    if root.tag == "filter":
        return root.get("name", "")
    if root.tag == "secret":
        usage = root.find("usage")
        inner = usage[0].text if usage is not None and len(usage) else None
        return (inner or root.findtext("uuid") or "").strip()
    return (root.findtext("name") or "").strip()
