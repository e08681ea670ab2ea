"""The one reader of XML, whoever wrote it: no entities, no DTD, no network, bounded depth and text."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache

from lxml import etree

Element = etree._Element

_DOCTYPE = re.compile(rb"(?:\s++|\xef\xbb\xbf|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_NO_DOCTYPE = "a DOCTYPE, and with it entities, are not allowed; libvirt needs neither"

_MOST_TAGS = 200_000
"""More than anybody's: what is below is compared within seconds."""


class NotXml(ValueError):
    """The text is no XML that we take; line and column from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def _parser(*, comments: bool, blanks: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,  # libxml2's own limits: 256 levels, 10 MB of text in one place
        remove_comments=not comments,
        remove_pis=not comments,
        remove_blank_text=not blanks,
    )


_PARSERS = {
    (comments, blanks): _parser(comments=comments, blanks=blanks)
    for comments in (False, True)
    for blanks in (False, True)
}


def parse(text: str | bytes, *, comments: bool = False, blanks: bool = True) -> Element:
    """The root element of a document; without comments and processing instructions, and without white
    space between elements, unless they are asked for. Raises NotXml."""
    try:
        data = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError:
        raise NotXml("not well-formed XML: it holds half of a character") from None
    if data.count(b"<") > _MOST_TAGS:
        raise NotXml(f"more than {_MOST_TAGS:,} tags in one document")
    if b"<!DOCTYPE" in data and (declaration := _DOCTYPE.match(data)):
        raise NotXml(_NO_DOCTYPE, data.count(b"\n", 0, declaration.end()) + 1)
    try:
        root = etree.fromstring(data, _PARSERS[comments, blanks])
    except etree.XMLSyntaxError as error:
        line, column = error.position
        message = re.sub(r", line \d+, column \d+.*", "", error.msg or "")
        message = message[:1].lower() + message[1:]
        raise NotXml(f"not well-formed XML: {message}", max(line, 1), max(column, 1)) from None
    if root.getroottree().docinfo.internalDTD is not None:  # in another encoding than we looked for
        raise NotXml(_NO_DOCTYPE)
    return root


@lru_cache(maxsize=16)  # of one document it is asked several times in a row
def is_xml(text: str) -> bool:
    """Whether a document can be parsed."""
    try:
        parse(text)
    except NotXml:
        return False
    return True


def copy_of(element: Element) -> Element:
    """An element by itself, without what follows it."""
    copy = deepcopy(element)
    copy.tail = None
    return copy
