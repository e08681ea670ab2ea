"""libvirt's own documents, as `virsh dumpxml` and its like write them."""

from __future__ import annotations

from lxml import etree

from reconciler.inputs.foreign.read import Read, Unreadable
from specs.xml import parse


def read_libvirt(text: str) -> Read:
    """A guest, a network, a pool or a filter. Raises NotXml and Unreadable."""
    root = parse(text.encode(), blanks=False)
    name = root.get("name") if root.tag == "filter" else root.findtext("name")
    if not (name or "").strip():
        raise Unreadable(f"describes a {root.tag} that has no name")
    return Read((etree.tostring(root, encoding="unicode"),))
