"""What a console refuses, and what a change of a resource makes of it."""

from __future__ import annotations

import uuid
from copy import deepcopy

from drivers.hmc.elements import (
    Element,
    add,
    boolean,
    decimal,
    drop,
    every,
    find,
    integer,
    link,
    links,
    made,
    put,
    text,
    walk,
)
from tests.drivers.hmc.resources import Resource, Resources, new_lpar

REGION = 256
LEAST_UNITS = 0.05


class Rejected(Exception):
    """The console refuses a request."""

    def __init__(self, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.status = status


def check(all_: Resources, method: str, resource: Resource, sent: Element | None) -> Resource | None:
    """Does what is asked (a DELETE is the caller's), or refuses it."""
    if method == "DELETE":
        _delete(all_, resource)
        return None
    assert sent is not None
    kind = sent.tag.rpartition("}")[2]
    if method == "PUT":
        return {
            "LogicalPartition": _new_partition,
            "ClientNetworkAdapter": _new_adapter,
            "VirtualNetwork": _new_network,
        }[kind](all_, resource, sent)
    {
        "LogicalPartition": _partition,
        "VirtualIOServer": _server,
        "VolumeGroup": _group,
        "NetworkBridge": _bridge,
    }[kind](all_, resource, sent)
    return None


def _new_partition(all_: Resources, system: Resource, sent: Element) -> Resource:
    name = text(sent, "PartitionName")
    if all_.partition(name, system.uuid):
        raise Rejected(f"HSCL0591 a partition named {name} already exists")
    _configuration(sent)
    own = uuid.uuid4()
    number = all_.next_number(system.uuid)
    made_of = new_lpar(sent, str(own).upper(), number)
    return all_.add("LogicalPartition", system.uuid, made_of, str(own).upper())


def _partition(all_: Resources, resource: Resource, sent: Element) -> None:
    old = resource.element
    twin = all_.partition(text(sent, "PartitionName"), resource.parent)
    if twin is not None and twin is not resource:
        raise Rejected("HSCL0591 another partition has the name")
    _configuration(sent)
    if text(old, "PartitionState") != "not activated":
        for path in (
            "PartitionMemoryConfiguration/MaximumMemory",
            "PartitionProcessorConfiguration/SharedProcessorConfiguration/MaximumVirtualProcessors",
            "PartitionProcessorConfiguration/HasDedicatedProcessors",
            "PartitionName",
        ):
            if text(old, path) != text(sent, path):
                raise Rejected(f"HSCL294D {path} cannot change while the partition is active")
        resource_parts = ("PartitionMemoryConfiguration", "PartitionProcessorConfiguration")
        moved = any(_values(old, part) != _values(sent, part) for part in resource_parts)
        if moved and text(old, "ResourceMonitoringControlState") != "active":
            raise Rejected("HSCL294C DLPAR ADD/REMOVE RMC connection is not active")
    resource.element = deepcopy(sent)


def _values(element: Element, part: str) -> list[str]:
    found = find(element, part)
    assert found is not None
    return [each.text or "" for each in found.iter()]


def _configuration(sent: Element) -> None:
    memory = "PartitionMemoryConfiguration/"
    least, amount, most = (
        integer(sent, memory + each) for each in ("MinimumMemory", "DesiredMemory", "MaximumMemory")
    )
    if not 0 < least <= amount <= most or any(each % REGION for each in (least, amount, most)):
        raise Rejected(f"HSCL0A01 memory {least} {amount} {most} is not valid")
    base = "PartitionProcessorConfiguration/"
    if boolean(sent, base + "HasDedicatedProcessors"):
        own = base + "DedicatedProcessorConfiguration/"
        values = [
            integer(sent, own + each)
            for each in ("MinimumProcessors", "DesiredProcessors", "MaximumProcessors")
        ]
        if (
            values != sorted(values)
            or not values[0]
            or text(sent, base + "SharingMode") in ("capped", "uncapped")
        ):
            raise Rejected(f"HSCL0A02 processors {values} are not valid")
        return
    own = base + "SharedProcessorConfiguration/"
    count = [integer(sent, own + f"{each}VirtualProcessors") for each in ("Minimum", "Desired", "Maximum")]
    units = [decimal(sent, own + f"{each}ProcessingUnits") for each in ("Minimum", "Desired", "Maximum")]
    enough = all(
        round(LEAST_UNITS * each, 2) <= unit <= each for each, unit in zip(count, units, strict=True)
    )
    if count != sorted(count) or units != sorted(units) or not count[0] or not enough:
        raise Rejected(f"HSCL0A03 processors {count} with units {units} are not valid")
    if text(sent, base + "SharingMode") not in ("capped", "uncapped"):
        raise Rejected("HSCL0A04 the sharing mode is not valid")


def _new_adapter(all_: Resources, partition: Resource, sent: Element) -> Resource:
    mac = text(sent, "MACAddress") or "0EAB0000" + f"{len(all_.all):04X}"
    system = partition.parent
    others = [each for each in all_.of("ClientNetworkAdapter", "") if all_.system_of(each) == system]
    if any(text(each.element, "MACAddress") == mac for each in others):
        raise Rejected(f"HSCL7D01 the MAC address {mac} is in use")
    _answers(partition)
    switch = all_.all.get(next(iter(links(sent, "AssociatedVirtualSwitch")), "").lower())
    if switch is None or switch.kind != "VirtualSwitch" or switch.parent != system:
        raise Rejected("HSCL7D02 no such virtual switch")
    own = [
        integer(each.element, "VirtualSlotNumber") for each in all_.of("ClientNetworkAdapter", partition.uuid)
    ]
    slot = integer(sent, "VirtualSlotNumber") or max([1, *own]) + 1
    if slot in own:
        raise Rejected(f"HSCL7D03 slot {slot} is in use")
    new = made("ClientNetworkAdapter", root=True)
    add(new[0][0], "AtomID", "")
    add(new, "LocalPartitionID", text(partition.element, "PartitionID"))
    add(new, "VirtualSlotNumber", str(slot))
    add(new, "MACAddress", mac)
    for tag in ("PortVLANID", "TaggedVLANIDs", "TaggedVLANSupported"):
        if text(sent, tag):
            add(new, tag, text(sent, tag))
    add(new, "VirtualSwitchID", text(switch.element, "SwitchID"))
    return all_.add("ClientNetworkAdapter", partition.uuid, new)


def _answers(partition: Resource) -> None:
    off = text(partition.element, "PartitionState") == "not activated"
    if not off and text(partition.element, "ResourceMonitoringControlState") != "active":
        raise Rejected("HSCL294C DLPAR ADD/REMOVE RMC connection is not active")


def _new_network(all_: Resources, system: Resource, sent: Element) -> Resource:
    name, vlan = text(sent, "NetworkName"), integer(sent, "NetworkVLANID")
    switch = all_.all.get(link(find(sent, "AssociatedSwitch")).lower())
    if switch is None or not 0 < vlan < 4095:
        raise Rejected("HSCL7E01 no such switch or VLAN")
    for each in all_.of("VirtualNetwork", system.uuid):
        if text(each.element, "NetworkName") == name or integer(each.element, "NetworkVLANID") == vlan:
            raise Rejected("HSCL7E02 the network exists already")
    new = deepcopy(sent)
    add(new[0][0], "AtomID", "")
    drop(new, "VswitchID")
    vswitch = add(new, "VswitchID", text(switch.element, "SwitchID"))
    found = find(new, "NetworkVLANID")
    assert found is not None
    found.addnext(vswitch)
    return all_.add("VirtualNetwork", system.uuid, new)


def _server(all_: Resources, server: Resource, sent: Element) -> None:
    for each in every(sent, "VirtualSCSIMappings/VirtualSCSIMapping"):
        if integer(each, "ClientAdapter/LocalPartitionID"):
            continue
        _new_mapping(all_, server, sent, each)
    used = {text(each, "Storage/PhysicalVolume/VolumeName") for each in walk(sent, "VirtualSCSIMapping")}
    for volume in every(sent, "PhysicalVolumes/PhysicalVolume"):
        put(volume, "AvailableForUsage", str(text(volume, "VolumeName") not in used).lower(), ())
    server.element = deepcopy(sent)


def _new_mapping(all_: Resources, server: Resource, sent: Element, mapping: Element) -> None:
    partition = all_.all.get(link(find(mapping, "AssociatedLogicalPartition")).lower())
    client, device = find(mapping, "ClientAdapter"), find(mapping, "TargetDevice")
    server_side = find(mapping, "ServerAdapter")
    if partition is None or client is None or server_side is None or device is None:
        raise Rejected("HSCL7F01 no such partition")
    name = text(device[0], "TargetName")
    names = [text(each, "TargetName") for each in sent.iter() if each.tag == device[0].tag]
    if len(name) > 15 or names.count(name) != 1:
        raise Rejected(f"HSCL7F02 the target name {name} is not valid, or in use")
    number = text(partition.element, "PartitionID")
    drop(client, "UseNextAvailableSlotID")
    add(client, "LocalPartitionID", number)
    add(client, "VirtualSlotNumber", "2")
    drop(server_side, "UseNextAvailableSlotID")
    add(server_side, "RemoteLogicalPartitionID", number)
    storage = find(mapping, "Storage")
    if storage is not None and tag_is(storage[0], "VirtualDisk"):
        _known_disk(all_, server, storage[0])
    taken = len(list(walk(sent, "LogicalUnitAddress")))
    add(device[0], "LogicalUnitAddress", f"0x{0x81 + taken:x}00000000000000")


def tag_is(element: Element, name: str) -> bool:
    return str(element.tag).endswith("}" + name)


def _known_disk(all_: Resources, server: Resource, disk: Element) -> None:
    for group in all_.of("VolumeGroup", server.uuid):
        for each in every(group.element, "VirtualDisks/VirtualDisk"):
            if text(each, "DiskName") == text(disk, "DiskName"):
                add(disk, "UniqueDeviceID", text(each, "UniqueDeviceID"))
                return
    raise Rejected("HSCL7F03 no such virtual disk")


def _group(all_: Resources, group: Resource, sent: Element) -> None:
    free = decimal(group.element, "GroupCapacity")
    for number, disk in enumerate(every(sent, "VirtualDisks/VirtualDisk"), 1):
        size = decimal(disk, "DiskCapacity")
        old = next(
            (
                each
                for each in walk(group.element, "VirtualDisk")
                if text(each, "DiskName") == text(disk, "DiskName")
            ),
            None,
        )
        if old is not None and size < decimal(old, "DiskCapacity"):
            raise Rejected("VIOS0017 a virtual disk does not shrink")
        if not text(disk, "UniqueDeviceID"):
            add(disk, "UniqueDeviceID", f"03{text(group.element, 'GroupSerialID')}.{number}{len(all_.all)}")
        free -= size
    if free < 0:
        raise Rejected("VIOS0018 the volume group is full")
    put(sent, "FreeSpace", f"{free:.4f}", ())
    group.element = deepcopy(sent)


def _bridge(all_: Resources, bridge: Resource, sent: Element) -> None:
    for group in every(sent, "LoadGroups/LoadGroup"):
        for each in links(group, "VirtualNetworks"):
            if each.lower() not in all_.all:
                raise Rejected("HSCL7E03 no such virtual network")
    bridge.element = deepcopy(sent)


def _delete(all_: Resources, resource: Resource) -> None:
    if resource.kind == "LogicalPartition":
        if text(resource.element, "PartitionState") != "not activated":
            raise Rejected("HSCL0593 the partition is not powered off")
        for each in all_.of("ClientNetworkAdapter", resource.uuid):
            del all_.all[each.uuid.lower()]
    elif resource.kind == "ClientNetworkAdapter":
        _answers(all_.all[resource.parent])
    elif resource.kind == "VirtualNetwork":
        vlan = text(resource.element, "NetworkVLANID")
        for each in all_.of("ClientNetworkAdapter", ""):
            if all_.system_of(each) == resource.parent and text(each.element, "PortVLANID") == vlan:
                raise Rejected("HSCL7E04 the network is in use")
        for bridge in all_.of("NetworkBridge", resource.parent):
            if any(
                resource.uuid in links(group, "VirtualNetworks")
                for group in walk(bridge.element, "LoadGroup")
            ):
                raise Rejected("HSCL7E05 the network is bridged")
