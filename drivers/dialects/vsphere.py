"""What vSphere makes of a declaration: pure, over trees (declared, found)."""

from __future__ import annotations

from specs.documents.tree import Node

_WORDS = {"cdrom": "cdrom", "floppy": "fd"}


def keep_boot_words(declared: Node, found: Node) -> None:
    """There is one order of devices to boot from: where it takes whole kinds one after the other it is told
    by kind, also where it was declared by device."""
    ours, theirs = declared.first("os"), found.first("os")
    if ours is None or theirs is None or ours.all("boot"):
        return
    devices = declared.first("devices")
    ranked = [
        (int(boot.attrs.get("order", "0")), device, boot)
        for device in (devices.children if devices is not None else ())
        for boot in device.all("boot")
        if boot.attrs.get("order", "").isdecimal()
    ]
    words = dict.fromkeys(_word(device) for _, device, _ in sorted(ranked, key=lambda each: each[0]))
    told = theirs.all("boot")
    if told and list(words) == [each.attrs.get("dev") for each in told]:
        ours.children.extend(told)
        for _, device, boot in ranked:
            device.children.remove(boot)


def keep_volume_names(declared: Node, found: Node) -> None:
    """A file in the root of a datastore is told as a volume, also where it was declared by its path."""
    there = {disk.value("target", "dev"): disk for disk in _disks(found)}
    for disk in _disks(declared):
        other, ours = there.get(disk.value("target", "dev")), disk.first("source")
        theirs = other.first("source") if other is not None else None
        if ours is None or theirs is None:
            continue
        path = f"[{theirs.attrs.get('pool', '')}] {theirs.attrs.get('volume', '')}"
        if ours.attrs.get("file") == path:
            disk.attrs["type"] = "volume"
            ours.attrs = dict(theirs.attrs)


def _word(device: Node) -> str:
    if device.tag == "interface":
        return "network"
    return _WORDS.get(device.attrs.get("device", "disk"), "hd")


def _disks(domain: Node) -> list[Node]:
    devices = domain.first("devices")
    return devices.all("disk") if devices is not None else []
