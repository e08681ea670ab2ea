"""What the console answers: Atom feeds and entries, each with an ETag, and errors in words."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.base.errors import Unreachable
from drivers.hmc.elements import WEB, Element, tag_of, text
from specs.xml import NotXml, parse

_ATOM = "{http://www.w3.org/2005/Atom}"
_ETAG = "{http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/}etag"


@dataclass(frozen=True, slots=True)
class AtomEntry:
    """One resource of the console: its UUID, the ETag of what was read ('' where none was told), and what it
    is. `path` is where it was read, which a change of it goes to."""

    uuid: str
    etag: str
    element: Element
    path: str = ""


def read_entries(body: bytes, *, etag: str = "") -> tuple[AtomEntry, ...]:
    """The entries of a feed, or the one that the body is; `etag` is of the answer as a whole, and so of its
    only entry where that tells none. Raises Unreachable where it is neither."""
    root = _parsed(body)
    entries = [root] if root.tag == f"{_ATOM}entry" else root.findall(f"{_ATOM}entry")
    if root.tag not in (f"{_ATOM}entry", f"{_ATOM}feed"):
        raise Unreachable(f"the console answered with <{tag_of(root)}>", "is this the REST API of an HMC?")
    alone = etag if root.tag == f"{_ATOM}entry" else ""
    return tuple(_entry(each, alone) for each in entries)


def session_of(body: bytes) -> str:
    """The session that a logon's answer gives."""
    return text(_parsed(body), "X-API-Session")


def problem_of(body: bytes) -> str:
    """What went wrong, in the console's own words; '' where it says nothing that can be read."""
    try:
        root = parse(body, blanks=False)
    except NotXml:
        return ""
    message = next(root.iter(f"{{{WEB}}}Message"), None)
    return " ".join((message.text or "").split()) if message is not None else ""


def _entry(entry: Element, etag: str) -> AtomEntry:
    content = entry.find(f"{_ATOM}content")
    if content is None or not len(content):
        raise Unreachable("the console gave an entry without content", "is this the REST API of an HMC?")
    own = (entry.findtext(_ETAG) or "").strip()
    return AtomEntry((entry.findtext(f"{_ATOM}id") or "").strip(), own or etag, content[0])


def _parsed(body: bytes) -> Element:
    try:
        return parse(body, blanks=False)
    except NotXml as error:
        raise Unreachable(f"what the console answered is not XML: {error}", "is this an HMC?") from error
