"""Whether an object's document can be read at all; one that cannot is left alone."""

from __future__ import annotations

from functools import lru_cache

from drivers.base import Observation
from specs.identity import Kind
from specs.xml import NotXml, parse

_ROOTS = {
    Kind.DOMAIN: "domain",
    Kind.NETWORK: "network",
    Kind.STORAGE_POOL: "pool",
    Kind.VOLUME: "volume",
    Kind.SECRET: "secret",
    Kind.NETWORK_FILTER: "filter",
}


@lru_cache(maxsize=4096)
def why_unreadable(seen: Observation) -> str:
    """Why an object's documents cannot be worked with; '' when they can. Both are parsed."""
    return _why(seen, seen.document) or (_why(seen, seen.live) if seen.live else "")


def left_alone(why: str) -> str:
    """What a plan says of an unreadable object."""
    return f"unreadable: {why}; it is left alone"


def _why(seen: Observation, document: str) -> str:
    if not document.strip():
        return "its document is empty"
    try:
        root = parse(document)
    except NotXml as error:
        return f"its document cannot be read ({error}, in line {error.line})"
    wanted = _ROOTS[seen.kind]
    if root.tag != wanted:
        return f"its document is no <{wanted}>, but <{root.tag}>"
    if len(root.findall("devices")) > 1:
        return "its document holds <devices> twice"
    if seen.kind is Kind.SECRET:
        return ""  # it is known by its usage
    told = root.get("name") if seen.kind is Kind.NETWORK_FILTER else root.findtext("name")
    name = (seen.kind is Kind.VOLUME and seen.name.partition("/")[2]) or seen.name
    if told is not None and told.strip() != name.strip():
        return f"its document is that of another one, '{told.strip()}'"
    return ""
