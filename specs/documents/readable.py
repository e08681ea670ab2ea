"""Whether a document can be worked with at all, whoever wrote it."""

from __future__ import annotations

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


def why_not_readable(kind: Kind, native: str, document: str) -> str:
    """Why a document is not that of the object with the hypervisor's name `native`; '' when it is."""
    if not document.strip():
        return "its document is empty"
    try:
        root = parse(document)
    except NotXml as error:
        return f"its document cannot be read ({error}, in line {error.line})"
    wanted = _ROOTS[kind]
    if root.tag != wanted:
        return f"its document is no <{wanted}>, but <{root.tag}>"
    if len(root.findall("devices")) > 1:
        return "its document holds <devices> twice"
    if kind is Kind.SECRET:
        return ""  # it is known by its usage
    told = root.get("name") if kind is Kind.NETWORK_FILTER else root.findtext("name")
    name = (kind is Kind.VOLUME and native.partition("/")[2]) or native
    if told is not None and told.strip() != name.strip():
        return f"its document is that of another one, '{told.strip()}'"
    return ""
