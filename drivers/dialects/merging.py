"""What a document that libvirt wrote needs when values are merged into it."""

from __future__ import annotations

from collections.abc import Container

from drivers.dialects.model import Merging
from specs.documents.edits import write_out
from specs.documents.tree import Node


def spell_out(observed: Node, changed: Container[str]) -> None:
    """Writes, into a merged document, what was plugged in and only meant: 'all of it'. Where the maximum
    changed it would come to mean another amount (virDomainVcpuParse, virDomainDefPostParseMemory)."""
    vcpu, current = observed.first("vcpu"), observed.first("currentMemory")
    if "vcpu" in changed and vcpu is not None and "current" not in vcpu.source.attrib:
        vcpu.source.set("current", vcpu.attrs["current"])
    if "memory" in changed and current is not None and current.text:
        write_out(current)


LIBVIRT = Merging(
    twice=(
        ("devices/graphics", "listen", "listen"),  # virDomainGraphicsListensParseXML
        ("devices/graphics", "socket", "listen"),
        ("forward", "dev", "interface"),  # virNetworkForwardDefParseXML
    ),
    spell_out=spell_out,
)
"""Of all of libvirt's drivers."""
