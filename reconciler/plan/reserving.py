"""The addresses that networks keep for guests: for the NICs that these have already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.compare.match import pair
from reconciler.plan.world import World
from specs.desired import Declared, Desired, goal_digest
from specs.documents.identities import LIBVIRT
from specs.documents.reservations import mac_for, moved_to
from specs.documents.tree import Node, to_node
from specs.guests import Reservation
from specs.identity import Address, Kind
from specs.xml import is_xml, parse


def with_their_macs(desired: Desired, world: World) -> Desired:
    """The tree, in which a network keeps the address of a guest that exists for the NIC that it has: one that
    we did not make, or that had another place or name then, has not the MAC address that it would get now."""
    changed = {
        address: _moved(declared, macs)
        for address, declared in desired.resources.items()
        if declared.reserved and (macs := dict(_other_macs(declared, desired, world)))
    }
    return replace(desired, resources={**desired.resources, **changed}) if changed else desired


def _other_macs(network: Declared, desired: Desired, world: World) -> Iterator[tuple[str, str]]:
    """Addresses, and the MAC addresses that have them."""
    for each in network.reserved:
        guest = desired.resources.get(Address(Kind.DOMAIN, each.domain))
        if guest and each.derived and each.version == 4:
            mac = _mac_of(each, guest, network, desired, world)
            if mac and mac != each.mac:
                yield each.ip, mac


def _mac_of(wanted: Reservation, guest: Declared, network: Declared, desired: Desired, world: World) -> str:
    """The one that the guest has; '' where it is new. Of one on a host that nobody sees now, the network that
    kept the address knows it."""
    places = (world.observation(host, Kind.DOMAIN, guest.native) for host in world.hosts_of(guest.native))
    seen = next((place.document for place in places if place), "")
    if seen:
        return wanted.mac if wanted.mac in seen.lower() else _nic(guest, seen, wanted.nic)
    there = world.of(network)
    if there is None or desired.hosts.keys() <= world.inventories.keys() or not is_xml(there.document):
        return ""
    return mac_for(parse(there.document), wanted.ip)


def _nic(guest: Declared, document: str, number: int) -> str:
    """The MAC address of what the comparison takes for the same NIC."""
    if not is_xml(document):
        return ""
    declared, there = _nics(guest.document), _nics(document)
    twin = pair(LIBVIRT, "devices", declared, there).get(declared[number])
    return (twin.value("mac", "address") or "").lower() if twin else ""


def _nics(document: str) -> list[Node]:
    return [to_node(nic) for nic in parse(document).iterfind("devices/interface")]


def _moved(network: Declared, macs: dict[str, str]) -> Declared:
    text = moved_to(network.document, macs)
    digest = goal_digest(text, network.power, network.autostart, start_new=network.start_new)
    return replace(network, document=text, digest=digest)
