"""What Virtual I/O Servers lend to partitions: virtual disks, physical volumes and optical media, over
virtual SCSI (VirtualSCSIMapping).

IBM: "Virtual I/O Server" (VirtualSCSIMappings); pypowervm's VSCSIMapping: adding one to the server's list
makes the adapters on both sides."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, replace

from drivers.hmc.elements import Element, add, every, find, integer, made, tag_of, text

DISK, PHYSICAL, OPTICAL, UNIT = "VirtualDisk", "PhysicalVolume", "VirtualOpticalMedia", "LogicalUnit"
_NAMED_AT = {DISK: "DiskName", PHYSICAL: "VolumeName", OPTICAL: "MediaName", UNIT: "UnitName"}
_IDENTIFIED_AT = {
    DISK: "UniqueDeviceID",
    PHYSICAL: "UniqueDeviceID",
    OPTICAL: "MediaUDID",
    UNIT: "UniqueDeviceID",
}
_TARGETS = {
    DISK: "LogicalVolumeVirtualTargetDevice",
    PHYSICAL: "PhysicalVolumeVirtualTargetDevice",
    OPTICAL: "VirtualOpticalTargetDevice",
}
_OPTICAL_TARGET = "VirtualOpticalTargetDevice"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageMapping:
    """Something of a server that a partition (by its number) sees as a disk or drive. `kind` is what it is
    ('' for an empty drive), `name` and `udid` which one. `target` is what the server calls the mapping; our
    own carry the name that the disk has in the partition's document."""

    server: str = ""
    partition: int
    kind: str = DISK
    name: str = ""
    udid: str = ""
    target: str = ""
    address: str = ""
    is_drive: bool = False


def read_mappings(server: Element, uuid: str) -> tuple[StorageMapping, ...]:
    """The mappings of a server, but those of adapters that nothing is connected to yet."""
    found = (_mapping(each, uuid) for each in every(server, "VirtualSCSIMappings/VirtualSCSIMapping"))
    return tuple(each for each in found if each.kind or each.is_drive)


def target_name(partition: int, dev: str) -> str:
    """What a mapping of ours is called on the server: 'p9sda'. At most 15 characters, like all its
    devices."""
    return f"p{partition}{dev}"


def named_disks(
    partition: int, mappings: tuple[StorageMapping, ...]
) -> tuple[tuple[str, StorageMapping], ...]:
    """A partition's mappings with the names that they have in its document: those that we gave, and for
    mappings of others the next free ones, in the order of their addresses."""
    own = re.compile(rf"p{partition}(sd[a-z]+)")
    named = {found[1]: each for each in mappings if (found := own.fullmatch(each.target))}
    rest = sorted(
        (each for each in mappings if not own.fullmatch(each.target)),
        key=lambda each: (each.server, each.address, each.target, each.name),
    )
    names = iter(f"sd{letters}" for letters in _letters() if f"sd{letters}" not in named)
    named.update(zip(names, rest, strict=False))
    return tuple(sorted(named.items(), key=lambda pair: (len(pair[0]), pair[0])))


def add_mapping(server: Element, mapping: StorageMapping, partition_href: str) -> bool:
    """Adds a mapping to a server's list, on the adapter that the partition has there already, if it has one;
    whether it was not there yet."""
    holder = find(server, "VirtualSCSIMappings")
    if holder is None:
        holder = made("VirtualSCSIMappings")
        server.append(holder)
    if any(_same(_mapping(each, mapping.server), mapping) for each in every(holder, "VirtualSCSIMapping")):
        return False
    new = made("VirtualSCSIMapping")
    add(new, "AssociatedLogicalPartition", href=partition_href, rel="related")
    for side, kind in (("ClientAdapter", "Client"), ("ServerAdapter", "Server")):
        there = _side(holder, mapping.partition, side)
        new.append(_new_side(side, kind) if there is None else there)
    if mapping.kind:
        storage = add(new, "Storage")
        held = made(mapping.kind)
        add(held, _NAMED_AT[mapping.kind], mapping.name)
        if mapping.udid and mapping.kind == PHYSICAL:
            add(held, "UniqueDeviceID", mapping.udid)
        storage.append(held)
    device = made(_OPTICAL_TARGET if mapping.is_drive else _TARGETS[mapping.kind])
    add(device, "TargetName", mapping.target)
    add(new, "TargetDevice").append(device)
    holder.append(new)
    return True


def remove_mapping(server: Element, mapping: StorageMapping) -> bool:
    """Takes a mapping out of a server's list; what it mapped stays. Whether it was there."""
    holder = find(server, "VirtualSCSIMappings")
    for each in every(holder, "VirtualSCSIMapping") if holder is not None else ():
        if holder is not None and _same(_mapping(each, mapping.server), mapping):
            holder.remove(each)
            return True
    return False


def _mapping(element: Element, server: str) -> StorageMapping:
    storage, device = find(element, "Storage"), find(element, "TargetDevice")
    held = storage[0] if storage is not None and len(storage) else None
    target = device[0] if device is not None and len(device) else None
    kind = tag_of(held) if held is not None else ""
    return StorageMapping(
        server=server,
        partition=_partition_of(element),
        kind=kind,
        name=text(held, _NAMED_AT[kind]) if held is not None and kind in _NAMED_AT else "",
        udid=text(held, _IDENTIFIED_AT[kind]) if held is not None and kind in _IDENTIFIED_AT else "",
        target=text(target, "TargetName") if target is not None else "",
        address=text(target, "LogicalUnitAddress") if target is not None else "",
        is_drive=kind == OPTICAL or (target is not None and tag_of(target) == _OPTICAL_TARGET),
    )


def _partition_of(element: Element) -> int:
    """The number of the partition that a mapping is for; an adapter for any partition has 65535."""
    own = integer(element, "ClientAdapter/LocalPartitionID")
    return own or integer(element, "ServerAdapter/RemoteLogicalPartitionID")


def _same(one: StorageMapping, other: StorageMapping) -> bool:
    return (one.partition, one.kind, one.name, one.target) == (
        other.partition, other.kind, other.name, other.target,
    )  # fmt: skip


def _side(holder: Element, partition: int, side: str) -> Element | None:
    """The adapter of a side that the partition has already."""
    for each in every(holder, "VirtualSCSIMapping"):
        found = find(each, side)
        if found is not None and _partition_of(each) == partition and find(each, "ClientAdapter") is not None:
            return deepcopy(found)
    return None


def _new_side(side: str, kind: str) -> Element:
    new = made(side)
    add(new, "AdapterType", kind)
    add(new, "UseNextAvailableSlotID", "true")
    return new


def _letters() -> list[str]:
    one = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    return one + [first + second for first in one for second in one]


def without_place(mapping: StorageMapping) -> StorageMapping:
    """A mapping as it is asked for: where it stands is the server's to say."""
    return replace(mapping, address="", udid="")


def partition_href(address: str, uuid: str) -> str:
    """What a mapping refers to its partition by."""
    return f"{address}/rest/api/uom/LogicalPartition/{uuid.upper()}"
