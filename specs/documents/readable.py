"""Whether a document can be worked with at all, whoever wrote it."""

from __future__ import annotations

from specs.identity import FACTS, Kind
from specs.reading.documents import told_name
from specs.xml import NotXml, parse


def why_not_readable(kind: Kind, native: str, document: str) -> str:
    """Why a document is not that of the object with the hypervisor's name `native`; '' when it is."""
    if not document.strip():
        return "its document is empty"
    try:
        root = parse(document)
    except NotXml as error:
        return f"its document cannot be read ({error}, in line {error.line})"
    facts = FACTS[kind]
    if root.tag != facts.tag:
        return f"its document is no <{facts.tag}>, but <{root.tag}>"
    if len(root.findall("devices")) > 1:
        return "its document holds <devices> twice"
    if not facts.named_at:
        return ""
    told = told_name(kind, root)
    name = (kind is Kind.VOLUME and native.partition("/")[2]) or native
    if told is not None and told.strip() != name.strip():
        return f"its document is that of another one, '{told.strip()}'"
    return ""
