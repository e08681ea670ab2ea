"""What Hyper-V makes of a declaration: pure, over trees (declared, found)."""

from __future__ import annotations

import re

from specs.documents.tree import Node

_PARTS = re.compile(r"[\\/]")


def keep_boot_order(declared: Node, found: Node) -> None:
    """A BIOS boots from every kind of device, in an order: a declaration names the first ones
    (Set-VMBios -StartupOrder wants them all)."""
    ours, theirs = declared.first("os"), found.first("os")
    if ours is None or theirs is None:
        return
    said, kept = ours.all("boot"), theirs.all("boot")
    names = [each.attrs.get("dev") for each in said]
    if said and names == [each.attrs.get("dev") for each in kept[: len(said)]]:
        ours.children.extend(kept[len(said) :])


def keep_boot_ranks(declared: Node, found: Node) -> None:
    """Firmware has an order of devices, without gaps: what is declared as 1 and 5 is first and second."""
    devices = declared.first("devices")
    boots = [
        boot for device in (devices.children if devices is not None else ()) for boot in device.all("boot")
    ]
    ranked = sorted((boot for boot in boots if boot.attrs.get("order", "").isdecimal()), key=_order)
    for rank, boot in enumerate(ranked, 1):
        boot.attrs["order"] = str(rank)
        boot.source.set("order", str(rank))


def keep_disk_names(declared: Node, found: Node) -> None:
    """A disk is known by its path alone: one that lies in a pool's folder is told as that pool's volume, also
    where it was declared by its file."""
    there = {disk.value("target", "dev"): disk for disk in _disks(found)}
    for disk in _disks(declared):
        other = there.get(disk.value("target", "dev"))
        if other is None or (disk.attrs.get("type"), other.attrs.get("type")) != ("file", "volume"):
            continue
        ours, theirs = disk.first("source"), other.first("source")
        if ours is None or theirs is None:
            continue
        if _PARTS.split(ours.attrs.get("file", ""))[-1].lower() == theirs.attrs.get("volume", "").lower():
            disk.attrs["type"] = "volume"
            ours.attrs = dict(theirs.attrs)


def _order(boot: Node) -> int:
    return int(boot.attrs["order"])


def _disks(domain: Node) -> list[Node]:
    devices = domain.first("devices")
    return devices.all("disk") if devices is not None else []
