"""A partition's virtual Ethernet adapters (ClientNetworkAdapter): read, and made.

IBM: "Client Network Adapter"; the order of the elements as in pypowervm's network wrappers.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.hmc.elements import Element, add, integer, links, made, text


@dataclass(frozen=True, slots=True, kw_only=True)
class EthernetAdapter:
    """An adapter in a slot: its MAC, the VLAN that untagged frames are in, those that the guest tags itself,
    and the virtual switch, by the number that its system knows it by."""

    uuid: str = ""
    mac: str
    vlan: int
    tagged: tuple[int, ...] = ()
    switch: int = 0
    slot: int = 0


def read_adapter(element: Element, uuid: str) -> EthernetAdapter:
    """What the console says of an adapter."""
    return EthernetAdapter(
        uuid=uuid,
        mac=with_colons(text(element, "MACAddress")),
        vlan=integer(element, "PortVLANID"),
        tagged=tuple(sorted(int(each) for each in text(element, "TaggedVLANIDs").split() if each.isdigit())),
        switch=integer(element, "VirtualSwitchID"),
        slot=integer(element, "VirtualSlotNumber"),
    )


def new_adapter(adapter: EthernetAdapter, switch_href: str) -> Element:
    """An adapter as it is asked for, in the next free slot where it names none."""
    root = made("ClientNetworkAdapter", root=True)
    if adapter.slot:
        add(root, "VirtualSlotNumber", str(adapter.slot))
    else:
        add(root, "UseNextAvailableSlotID", "true")
    if adapter.mac:
        add(root, "MACAddress", adapter.mac.replace(":", "").upper())
    add(root, "PortVLANID", str(adapter.vlan))
    if adapter.tagged:
        add(root, "TaggedVLANIDs", " ".join(str(each) for each in adapter.tagged))
    add(root, "TaggedVLANSupported", str(bool(adapter.tagged)).lower())
    add(add(root, "AssociatedVirtualSwitch"), "link", href=switch_href, rel="related")
    return root


def switch_of(element: Element) -> str:
    """The UUID of the virtual switch that an adapter is on."""
    return next(iter(links(element, "AssociatedVirtualSwitch")), "")


def with_colons(mac: str) -> str:
    """'5E372CFD9E6D' as '5e:37:2c:fd:9e:6d'."""
    bare = mac.lower().replace(":", "")
    return ":".join(bare[at : at + 2] for at in range(0, len(bare), 2))
