"""Virtual networks and virtual disks made, changed and removed."""

from __future__ import annotations

from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.hmc.atom import AtomEntry
from drivers.hmc.elements import find, put
from drivers.hmc.networks import (
    NetworkBridge,
    VirtualNetwork,
    VirtualSwitch,
    bridge_network,
    new_network,
    unbridge_network,
)
from drivers.hmc.storage import LONGEST_NAME, StorageGroup, StoredThing, add_disk, disk_of, gibibytes
from drivers.hmc.system import SystemView
from drivers.native import NativeNetwork, NativeVolume

_MIB = 1 << 20


def define_network(view: SystemView, wanted: NativeNetwork, current: VirtualNetwork | None) -> None:
    """Makes a network, or has a bridge lead one that is there outside, or no longer."""
    name = wanted.name or ""
    vlan = next((tag.id for tag in wanted.vlans if tag.id), 0) if len(wanted.vlans) == 1 else 0
    if not vlan or wanted.trunk:
        raise Refused(f"{name}: a virtual network is one VLAN", "write vlan: and a number from 1 to 4094")
    if wanted.mode not in (None, "bridge"):
        raise Refused(
            f"{name}: forward mode '{wanted.mode}'", "allowed: bridge (by a network bridge), or none"
        )
    switch = _switch(view, name, wanted.bridge)
    if current is not None and (current.vlan, current.switch) != (vlan, switch.number):
        raise Refused(
            f"{name}: its VLAN and switch stay as they are", "make another network, and remove this one"
        )
    bridge = _bridge(view, name, switch) if wanted.mode == "bridge" else None
    if current is None:
        _check_free(view, name, vlan, switch)
        made = view.client.create(
            f"{view.path}/VirtualNetwork",
            AtomEntry("", "", new_network(name, vlan, view.href("VirtualSwitch", switch.uuid))),
        )
        uuid = made.uuid
    else:
        uuid = current.uuid
    if bridge is not None:
        href = view.href("VirtualNetwork", uuid)
        path = f"{view.path}/NetworkBridge/{bridge.uuid}"
        view.client.change(path, lambda seen: bridge_network(seen.element, href))
    else:
        _lead_no_longer(view, uuid)


def remove_network(view: SystemView, network: VirtualNetwork) -> None:
    """Removes a network, from its bridge first."""
    _lead_no_longer(view, network.uuid)
    view.client.delete(f"{view.path}/VirtualNetwork/{network.uuid}")


def create_disk(view: SystemView, group: StorageGroup, wanted: NativeVolume) -> None:
    """Makes a virtual disk in a volume group."""
    name, size = wanted.name or "", wanted.capacity or 0
    if not group.path or not group.uuid:
        raise Unsupported(
            f"nothing is made in the pool '{group.name}'", "make a virtual disk in a volume group"
        )
    if len(name) > LONGEST_NAME:
        raise Refused(f"{name}: a virtual disk's name has at most {LONGEST_NAME} characters")
    if not size or size % _MIB:
        raise Refused(f"{name}: a virtual disk of {size} bytes", "write whole MiB")
    if any(each.name == name for each in group.things):
        raise Refused(f"the volume '{group.name}/{name}' exists already")
    view.client.change(group.path, lambda seen: add_disk(seen.element, name, size))


def remove_disk(view: SystemView, group: StorageGroup, thing: StoredThing) -> None:
    """Deletes a virtual disk. Refused while a partition has it."""
    if not group.uuid:
        raise Unsupported(f"nothing is deleted from the pool '{group.name}'")
    _check_unused(view, group, thing)

    def edit(seen: AtomEntry) -> bool:
        holder, disk = find(seen.element, "VirtualDisks"), disk_of(seen.element, thing.name)
        if disk is None or holder is None:
            return False
        holder.remove(disk)
        return True

    view.client.change(group.path, edit)


def grow_disk(view: SystemView, group: StorageGroup, thing: StoredThing, size: int) -> None:
    """Makes a virtual disk larger. Refused when it is larger already."""
    if not group.uuid:
        raise Unsupported(f"volumes of the pool '{group.name}' do not grow")
    if size < thing.size:
        raise Refused(f"{group.name}/{thing.name}: {thing.size} bytes, a virtual disk does not shrink")

    def edit(seen: AtomEntry) -> bool:
        disk = disk_of(seen.element, thing.name)
        if disk is None:
            raise NotFound(f"no volume '{group.name}/{thing.name}' any more")
        return put(disk, "DiskCapacity", gibibytes(size), ("DiskCapacity", "DiskLabel", "DiskName"))

    view.client.change(group.path, edit)


def _check_unused(view: SystemView, group: StorageGroup, thing: StoredThing) -> None:
    for server in view.servers:
        for each in server.mappings:
            if (each.server, each.kind, each.name) == (group.server, thing.kind, thing.name):
                raise Refused(f"'{group.name}/{thing.name}' is a disk of partition {each.partition}")


def _switch(view: SystemView, name: str, wanted: str | None) -> VirtualSwitch:
    found = [each for each in view.switches if wanted in (None, each.name)]
    if not found:
        known = ", ".join(sorted(each.name for each in view.switches)) or "none"
        raise Refused(f"{name}: no virtual switch '{wanted}' on this system", f"there are: {known}")
    return min(found, key=lambda each: each.number)


def _bridge(view: SystemView, name: str, switch: VirtualSwitch) -> NetworkBridge:
    found = [each for each in view.bridges if each.switch == switch.number]
    if len(found) != 1:
        raise Refused(
            f"{name}: {len(found)} network bridges on the switch '{switch.name}', and it takes exactly one",
            "leave out the forward mode, and bridge it on the console",
        )
    return found[0]


def _check_free(view: SystemView, name: str, vlan: int, switch: VirtualSwitch) -> None:
    other = next((each for each in view.networks if (each.vlan, each.switch) == (vlan, switch.number)), None)
    if other is not None:
        raise Refused(f"{name}: VLAN {vlan} of '{switch.name}' is the network '{other.name}' already")


def _lead_no_longer(view: SystemView, uuid: str) -> None:
    for bridge in view.bridges:
        if uuid in bridge.networks:
            path = f"{view.path}/NetworkBridge/{bridge.uuid}"
            view.client.change(path, lambda seen: unbridge_network(seen.element, uuid))
