"""Virtual networks of a managed system: a VLAN on a virtual switch, which a network bridge may lead outside.

IBM: "Virtual Network", "Virtual Switch", "Network Bridge"; pypowervm's network_bridger for how a bridge is
given a network: one of its load groups has the link."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.base.errors import Refused
from drivers.hmc.elements import Element, add, boolean, every, find, integer, link, links, made, place, text
from drivers.native import NativeNetwork, VlanTag

_MOST_OF_A_GROUP = 20
"""VLANs that a trunk adapter takes besides its own (pypowervm's _MAX_VLANS_PER_VEA)."""
_LAST_VLAN = 4094
_GROUP = ("PortVLANID", "TrunkAdapters", "VirtualNetworks")


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSwitch:
    """A virtual switch, by the number that adapters know it by."""

    uuid: str
    number: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualNetwork:
    """A VLAN on a switch."""

    uuid: str
    name: str
    vlan: int
    switch: int
    tagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkBridge:
    """A bridge of Virtual I/O Servers to the world, with the networks that it leads there."""

    uuid: str
    switch: int
    networks: frozenset[str]


def read_switch(element: Element, uuid: str) -> VirtualSwitch:
    """What the console says of a switch."""
    return VirtualSwitch(uuid=uuid, number=integer(element, "SwitchID"), name=text(element, "SwitchName"))


def read_network(element: Element, uuid: str) -> VirtualNetwork:
    """What the console says of a network."""
    return VirtualNetwork(
        uuid=uuid,
        name=text(element, "NetworkName"),
        vlan=integer(element, "NetworkVLANID"),
        switch=integer(element, "VswitchID"),
        tagged=boolean(element, "TaggedNetwork") is True,
    )


def read_bridge(element: Element, uuid: str) -> NetworkBridge:
    """What the console says of a bridge."""
    groups = every(element, "LoadGroups/LoadGroup")
    trunk = find(element, "LoadGroups/LoadGroup/TrunkAdapters/TrunkAdapter")
    return NetworkBridge(
        uuid=uuid,
        switch=0 if trunk is None else integer(trunk, "VirtualSwitchID"),
        networks=frozenset(each for group in groups for each in links(group, "VirtualNetworks")),
    )


def native_network(network: VirtualNetwork, switch: str, *, bridged: bool) -> NativeNetwork:
    """A virtual network as every driver knows one."""
    return NativeNetwork(
        name=network.name,
        uuid=network.uuid.lower(),
        mode="bridge" if bridged else None,
        bridge=switch,
        vlans=(VlanTag(id=network.vlan),),
    )


def new_network(name: str, vlan: int, switch_href: str) -> Element:
    """A network as it is asked for. VLAN 1 is what untagged frames are in (pypowervm's cna task)."""
    root = made("VirtualNetwork", root=True)
    add(root, "AssociatedSwitch", href=switch_href, rel="related")
    add(root, "NetworkName", name)
    add(root, "NetworkVLANID", str(vlan))
    add(root, "TaggedNetwork", str(vlan != 1).lower())
    return root


def bridge_network(bridge: Element, network_href: str) -> bool:
    """Has a bridge lead a network to the world: in a load group that has room, else in a new one; whether
    that changed it. The first group is the bridge's own VLAN."""
    groups = every(bridge, "LoadGroups/LoadGroup")
    uuid = network_href.rpartition("/")[2]
    if any(uuid in links(group, "VirtualNetworks") for group in groups):
        return False
    free = (each for each in groups[1:] if len(links(each, "VirtualNetworks")) < _MOST_OF_A_GROUP)
    group = next(free, None)
    if group is None:
        group = _new_group(bridge, groups)
    add(_holder(group), "link", href=network_href, rel="related")
    return True


def unbridge_network(bridge: Element, uuid: str) -> bool:
    """Has a bridge lead a network to the world no longer; whether that changed it."""
    for group in every(bridge, "LoadGroups/LoadGroup"):
        holder = find(group, "VirtualNetworks")
        for each in holder if holder is not None else ():
            if link(each) == uuid and holder is not None:
                holder.remove(each)
                return True
    return False


def _new_group(bridge: Element, groups: list[Element]) -> Element:
    """A load group with a VLAN of its own that nothing else uses."""
    used = {integer(group, "PortVLANID") for group in groups}
    used.update(
        int(vlan) for each in bridge.iter() if each.text and _is_vlans(each) for vlan in each.text.split()
    )
    vlan = next((each for each in range(_LAST_VLAN, 1, -1) if each not in used), 0)
    holder = find(bridge, "LoadGroups")
    if not vlan or holder is None:
        raise Refused("the network bridge has no room for one more network", "make another bridge")
    new = made("LoadGroup")
    add(new, "PortVLANID", str(vlan))
    holder.append(new)
    return new


def _holder(group: Element) -> Element:
    found = find(group, "VirtualNetworks")
    if found is None:
        found = add(group, "VirtualNetworks")
        place(group, found, _GROUP)
    return found


def _is_vlans(element: Element) -> bool:
    return str(element.tag).rpartition("}")[2] in ("PortVLANID", "TaggedVLANIDs")
