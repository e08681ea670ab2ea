"""What a document that libvirt wrote needs when values are merged into it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container

from drivers.dialects.model import Merging
from specs.documents.edits import detach, write_out
from specs.documents.tree import Node, to_node
from specs.documents.values import number


def spell_out(observed: Node, changed: Container[str]) -> None:
    """Writes, into a merged document, what was plugged in and only meant: 'all of it'. Where the maximum
    changed it would come to mean another amount (virDomainVcpuParse, virDomainDefPostParseMemory)."""
    vcpu, current = observed.first("vcpu"), observed.first("currentMemory")
    if "vcpu" in changed and vcpu is not None and "current" not in vcpu.source.attrib:
        vcpu.source.set("current", vcpu.attrs["current"])
    if "memory" in changed and current is not None and current.text:
        write_out(current)


def make_way(observed: Node) -> None:
    """Takes, in a merged document, a device's address away where another one was given it: no two stand at
    one place (virDomainPCIAddressReserveAddrInternal)."""
    at: defaultdict[str, list[Node]] = defaultdict(list)
    for devices in observed.all("devices"):
        for device in devices.children:
            for address in device.all("address"):
                if address.source.getparent() is not None and address.source.get("type") == "pci":
                    at[_place(to_node(address.source))].append(address)
    for place, addresses in at.items():
        for address in addresses if len(addresses) > 1 else ():
            if _place(address) == place:
                detach(address)


def _place(address: Node) -> str:
    return ":".join(number(address.attrs.get(part, "0")) for part in ("domain", "bus", "slot", "function"))


LIBVIRT = Merging(
    twice=(
        ("devices/graphics", "listen", "listen"),  # virDomainGraphicsListensParseXML
        ("devices/graphics", "socket", "listen"),
        ("forward", "dev", "interface"),  # virNetworkForwardDefParseXML
    ),
    spell_out=spell_out,
    make_way=make_way,
)
"""Of all of libvirt's drivers."""
