"""What Virtual I/O Servers hold: volume groups with virtual disks, physical volumes, optical media; as pools
and volumes.

IBM: "Volume Group" (sizes in GiB), "Virtual I/O Server" (physical volumes in MiB); pypowervm's storage
wrappers for the order of the elements. A pool is called 'SERVER.GROUP'; a server's physical volumes and its
media have pools of their own, with names that no volume group can have (at most 15 characters)."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.hmc.elements import Element, add, decimal, every, find, made, place, text
from drivers.hmc.mappings import DISK, OPTICAL, PHYSICAL
from drivers.native import NativePool, NativeVolume

PHYSICAL_POOL, MEDIA_POOL = "physical-volumes", "media-repository"
_GIB, _MIB = 1 << 30, 1 << 20
_GROUP = (
    "AvailableSize", "BackingDeviceCount", "FreeSpace", "GroupCapacity", "GroupName", "GroupSerialID",
    "GroupState", "MaximumLogicalVolumes", "MediaRepositories", "MinimumAllocationSize", "PhysicalVolumes",
    "UniqueDeviceID", "VirtualDisks",
)  # fmt: skip
LONGEST_NAME = 15
"""Characters of a virtual disk's name (pypowervm's MaxLen.VDISK_NAME)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredThing:
    """A virtual disk, physical volume or optical medium; its size in bytes. `is_free` of a physical volume
    that nobody uses."""

    kind: str
    name: str
    udid: str
    size: int
    is_free: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageGroup:
    """A pool: a volume group, or what a server holds beside them. Sizes in bytes; `path` is where the
    console has it, '' for what is no resource of its own."""

    name: str
    server: str
    label: str
    uuid: str = ""
    path: str = ""
    capacity: int = 0
    free: int = 0
    things: tuple[StoredThing, ...] = ()


def read_group(element: Element, *, server: str, server_name: str, uuid: str, path: str) -> StorageGroup:
    """A volume group with its virtual disks."""
    label = text(element, "GroupName")
    disks = every(element, "VirtualDisks/VirtualDisk")
    return StorageGroup(
        name=f"{server_name}.{label}",
        server=server,
        label=label,
        uuid=uuid.lower(),
        path=path,
        capacity=_bytes(decimal(element, "GroupCapacity")),
        free=_bytes(decimal(element, "FreeSpace")),
        things=tuple(
            StoredThing(
                kind=DISK,
                name=text(each, "DiskName"),
                udid=text(each, "UniqueDeviceID"),
                size=_bytes(decimal(each, "DiskCapacity")),
            )
            for each in disks
        ),
    )


def read_media(element: Element, *, server: str, server_name: str, path: str) -> StorageGroup | None:
    """The media repository in a volume group, if it has one."""
    repository = find(element, "MediaRepositories/VirtualMediaRepository")
    if repository is None:
        return None
    media = every(repository, "OpticalMedia/VirtualOpticalMedia")
    return StorageGroup(
        name=f"{server_name}.{MEDIA_POOL}",
        server=server,
        label=MEDIA_POOL,
        path=path,
        capacity=_bytes(decimal(repository, "RepositorySize")),
        things=tuple(
            StoredThing(
                kind=OPTICAL,
                name=text(each, "MediaName"),
                udid=text(each, "MediaUDID"),
                size=_bytes(decimal(each, "Size")),
            )
            for each in media
        ),
    )


def read_physical(server: Element, *, uuid: str, name: str) -> StorageGroup:
    """A server's physical volumes."""
    things = tuple(
        StoredThing(
            kind=PHYSICAL,
            name=text(each, "VolumeName"),
            udid=text(each, "UniqueDeviceID"),
            size=int(decimal(each, "VolumeCapacity")) * _MIB,
            is_free=text(each, "AvailableForUsage") == "true",
        )
        for each in every(server, "PhysicalVolumes/PhysicalVolume")
    )
    return StorageGroup(
        name=f"{name}.{PHYSICAL_POOL}",
        server=uuid,
        label=PHYSICAL_POOL,
        capacity=sum(each.size for each in things),
        things=things,
    )


def native_pool(group: StorageGroup) -> NativePool:
    """A pool as every driver knows one."""
    types = {PHYSICAL_POOL: "scsi", MEDIA_POOL: "dir"}
    used = group.capacity - group.free
    return NativePool(
        type=types.get(group.label, "logical"),
        name=group.name,
        uuid=group.uuid or None,
        capacity=group.capacity,
        allocation=used if group.uuid else None,
        available=group.free if group.uuid else None,
        source=group.label if group.uuid else None,
    )


def native_volume(thing: StoredThing) -> NativeVolume:
    """A volume as every driver knows one."""
    return NativeVolume(
        type="file" if thing.kind == OPTICAL else "block",
        name=thing.name,
        identifier=thing.udid or None,
        capacity=thing.size,
        format="iso" if thing.kind == OPTICAL else "raw",
    )


def add_disk(group: Element, name: str, size: int) -> bool:
    """Adds a virtual disk to a volume group's list; whether there was none of that name."""
    holder = find(group, "VirtualDisks")
    if holder is None:
        holder = made("VirtualDisks")
        group.append(holder)
        place(group, holder, _GROUP)
    if any(text(each, "DiskName") == name for each in every(holder, "VirtualDisk")):
        return False
    disk = made("VirtualDisk")
    add(disk, "DiskCapacity", gibibytes(size))
    add(disk, "DiskName", name)
    holder.append(disk)
    return True


def disk_of(group: Element, name: str) -> Element | None:
    """A virtual disk in a volume group's list."""
    disks = every(group, "VirtualDisks/VirtualDisk")
    return next((each for each in disks if text(each, "DiskName") == name), None)


def gibibytes(size: int) -> str:
    """Bytes as the console wants them."""
    return f"{size / _GIB:.10f}".rstrip("0").rstrip(".")


def _bytes(gibi: float) -> int:
    return round(gibi * _GIB / 512) * 512  # a size is whole sectors, however few digits it was written with
