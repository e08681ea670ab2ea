"""Disks: defaults, duplicate targets, the order in which libvirt keeps them."""

from __future__ import annotations

import re

from drivers.simulated.xml import Element, arrange, attribute, drop_attributes, ensure, refuse

_ORDER = (
    "driver", "auth", "source", "backingStore", "backenddomain", "geometry", "blockio", "mirror",
    "target", "iotune", "readonly", "shareable", "transient", "serial", "wwn", "vendor", "product",
    "encryption", "boot",
)  # fmt: skip
_BUSES = {"hd": "ide", "sd": "scsi", "vd": "virtio", "xvd": "xen", "fd": "fdc", "ub": "usb"}
_NAME = re.compile(r"(fd|hd|vd|sd|xvd|ub)([a-z]+)")
_SOURCES = {"file": "file", "block": "dev", "dir": "dir", "volume": "volume", "network": "protocol"}


def complete_disk(disk: Element, *, container: bool = False) -> None:
    """Fills in a disk; Refused where it has no usable target or source."""
    for name, value in (("type", "file"), ("device", "disk")):
        if disk.get(name) is None:
            disk.set(name, value)
    target = disk.find("target")
    name = "" if target is None else target.get("dev", "")
    match = _NAME.fullmatch(name)
    if target is None or not match:
        refuse(f"missing or invalid target of a disk: '{name}'", "give <target dev='vda' bus='virtio'/>")
    removable = disk.get("device") in ("cdrom", "floppy")
    if target.get("bus") is None:
        target.set("bus", _BUSES[match[1]])
    if target.get("tray") == "closed":
        drop_attributes(target, "tray")
    _source(disk, removable)
    if not container:
        driver = ensure(disk, "driver", name="qemu", type="raw")
        if target.get("bus") == "scsi" and driver.get("iothread"):
            refuse("iothreads not available for bus 'scsi' of a disk", "set the controller's driver")
    if disk.get("device") == "cdrom":
        ensure(disk, "readonly")
    for backing in disk.findall("backingStore"):
        if not len(backing) and not backing.attrib:
            disk.remove(backing)
    arrange(disk, _ORDER, ("alias", "address"))


def _source(disk: Element, removable: bool) -> None:
    source = disk.find("source")
    if source is not None:
        drop_attributes(source, "index")
    kind = disk.get("type", "")
    given = kind not in _SOURCES or attribute(disk, "source", _SOURCES[kind])
    if not given and not removable:
        refuse(f"missing source information for device {target_of(disk)}", "give <source …/>")
    if source is not None and not source.attrib and not len(source):
        disk.remove(source)


def target_of(disk: Element) -> str:
    """A disk's target."""
    return attribute(disk, "target", "dev")


def bus_of(disk: Element) -> str:
    """A disk's bus."""
    return attribute(disk, "target", "bus")


def disk_index(name: str) -> int:
    """vda → 0, vdz → 25, vdaa → 26 (virDiskNameToIndex)."""
    match = _NAME.fullmatch(name)
    index = 0
    for letter in match[2] if match else "a":
        index = index * 26 + ord(letter) - ord("a") + 1
    return index - 1


def source_of(disk: Element) -> str:
    """What a disk reads from, as text: a path, 'pool/volume', a network name; '' for an empty drive."""
    source = disk.find("source")
    if source is None:
        return ""
    if disk.get("type") == "volume":
        return f"{source.get('pool')}/{source.get('volume')}"
    if disk.get("type") == "network":
        return f"{source.get('protocol')}:{source.get('name')}"
    return source.get("file") or source.get("dev") or source.get("dir") or ""


def check_targets(devices: Element) -> None:
    """virDomainDefCheckDuplicateDiskInfo."""
    seen: dict[str, str] = {}
    for disk in devices.iterfind("disk"):
        name = target_of(disk)
        if name in seen:
            refuse(
                f"target '{name}' duplicated for disk sources '{seen[name]}' and '{source_of(disk)}'",
                "give each disk a target of its own",
            )
        seen[name] = source_of(disk)


def insertion_order(devices: list[Element]) -> list[Element]:
    """Disks of one bus by target, buses in the order of their first disk (virDomainDiskInsert)."""
    disks = [device for device in devices if device.tag == "disk"]
    buses = list(dict.fromkeys(bus_of(disk) for disk in disks))
    ordered = sorted(disks, key=lambda disk: (buses.index(bus_of(disk)), disk_index(target_of(disk))))
    return ordered + [device for device in devices if device.tag != "disk"]
