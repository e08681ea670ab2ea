"""A virtual machine as vSphere describes it, read as a machine: pure, and the counterpart of `writing`.

The properties are those of VirtualMachineConfigInfo; what is not read here is left as it is when the machine
is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from drivers.native.devices import DeviceController, Drive, DriveAddress, Nic, VideoCard
from drivers.native.machine import CpuLayout, FirmwareFeature, GuestClock, Machine
from drivers.native.marking import parted
from drivers.vsphere.query import FoundObject
from drivers.vsphere.soap import Element, child, children, kind, number, text, truth
from drivers.vsphere.words import (
    BUSES,
    NIC_MODELS,
    SCSI_MODELS,
    number_of,
    parted_path,
    plain_name,
    target_of,
)

PROPERTIES = (
    "name",
    "config.changeVersion",
    "config.modified",
    "config.template",
    "config.annotation",
    "config.instanceUuid",
    "config.guestId",
    "config.version",
    "config.firmware",
    "config.bootOptions",
    "config.cpuAllocation",
    "config.memoryAllocation",
    "config.hardware.numCPU",
    "config.hardware.numCoresPerSocket",
    "config.hardware.memoryMB",
    "config.hardware.device",
)
"""What a machine is read from."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """A machine beside the keys by which vSphere knows its devices: 'drive sda' → the device."""

    machine: Machine
    devices: Mapping[str, Element]


def hardware(found: FoundObject, networks: Mapping[str, str]) -> Hardware:
    """What a machine is; `networks` gives the names of distributed port groups by their keys."""
    devices = children(found.values.get("config.hardware.device"))
    places = {text(each, "key"): each for each in devices if kind(each) in BUSES}
    drives = dict(_drives(devices, places))
    nics = {f"nic {nic.key}": (nic, each) for each in devices if (nic := _nic(each, networks)) is not None}
    controllers = {
        f"controller {model.key}": (model, each)
        for each in places.values()
        if (model := _controller(each)) is not None
    }
    videos = [(card, each) for each in devices if (card := _video(each)) is not None]
    machine = replace(
        _bare(found),
        drives=tuple(drive for drive, _ in drives.values()),
        controllers=tuple(sorted((model for model, _ in controllers.values()), key=lambda one: one.key)),
        nics=tuple(nic for nic, _ in nics.values()),
        videos=tuple(card for card, _ in videos),
    )
    known = {**drives, **nics, **controllers, **({"video": videos[0]} if videos else {})}
    ordered = _with_boot(
        machine, found.values.get("config.bootOptions"), {k: e for k, (_, e) in known.items()}
    )
    return Hardware(ordered, {name: element for name, (_, element) in known.items()})


def _bare(found: FoundObject) -> Machine:
    """The machine without its devices."""
    description, mark = parted(found.text("config.annotation"))
    memory = int(found.text("config.hardware.memoryMB") or 0) * 1024
    cpus = int(found.text("config.hardware.numCPU") or 1)
    cores = int(found.text("config.hardware.numCoresPerSocket") or 1) or 1
    options = found.values.get("config.bootOptions")
    secure = truth(options, "efiSecureBootEnabled")
    shares = child(found.values.get("config.cpuAllocation"), "shares")
    reserved = number(found.values.get("config.memoryAllocation"), "reservation") or 0
    return Machine(
        type="vmware",
        name=plain_name(found.text("name")),
        uuid=found.text("config.instanceUuid").lower(),
        description=description or None,
        mark=mark,
        guest=found.text("config.guestId") or None,
        memory_max=memory,
        vcpus=cpus,
        shares=number(shares, "shares") if text(shares, "level") == "custom" else None,
        memory_reserved=reserved * 1024 or None,
        arch="x86_64",
        machine=found.text("config.version") or None,
        firmware="efi" if found.text("config.firmware") == "efi" else "bios",
        firmware_features=(FirmwareFeature(name="secure-boot", enabled=True),) if secure else (),
        acpi=True,
        apic=True,
        layout=CpuLayout(sockets=max(1, cpus // cores), dies=1, cores=min(cores, cpus), threads=1),
        clock=GuestClock(offset="utc"),
        on_poweroff="destroy",
        on_reboot="restart",
        on_crash="destroy",
    )


def _drives(
    devices: list[Element], places: Mapping[str, Element]
) -> Iterator[tuple[str, tuple[Drive, Element]]]:
    """Drives by their targets; where two buses give one target, the later gets the next that is free."""
    taken: set[str] = set()
    found = [
        (*place, each)
        for each in devices
        if kind(each) in ("VirtualDisk", "VirtualCdrom", "VirtualFloppy")
        and (place := _place(each, places)) is not None
    ]
    for bus, controller, unit, each in sorted(found, key=lambda one: (one[0] != "scsi", *one[:3])):
        index = number_of(bus, controller, unit)
        while (target := target_of(bus, index)) in taken:
            index += 1
        taken.add(target)
        drive = _drive(each, target, bus)
        address = DriveAddress(controller=controller, bus=0, target=0, unit=unit)
        if bus == "ide":  # one controller with two buses, as libvirt has it
            address = replace(address, controller=0, bus=controller)
        yield f"drive {target}", (replace(drive, address=address), each)


def _place(device: Element, places: Mapping[str, Element]) -> tuple[str, int, int] | None:
    controller = places.get(text(device, "controllerKey"))
    unit = number(device, "unitNumber")
    if controller is None or unit is None:
        return None
    return BUSES[kind(controller)], number(controller, "busNumber") or 0, unit


def _drive(device: Element, target: str, bus: str) -> Drive:
    backing = child(device, "backing")
    datastore, path = parted_path(text(backing, "fileName"))
    what = {"VirtualCdrom": "cdrom", "VirtualFloppy": "floppy"}.get(kind(device), "disk")
    drive = Drive(device=what, target=target, bus=bus, readonly=what == "cdrom")
    if what == "disk":
        limit = number(device, "storageIOAllocation", "limit") or 0
        drive = replace(drive, format="vmdk", iops=limit if limit > 0 else None)
    if not path:
        return drive
    if "/" in path:
        return replace(drive, file=text(backing, "fileName"))
    return replace(drive, type="volume", pool=datastore, volume=path)


def _nic(device: Element, networks: Mapping[str, str]) -> Nic | None:
    model = NIC_MODELS.get(kind(device))
    if model is None:
        return None
    backing = child(device, "backing")
    name = text(backing, "deviceName") or networks.get(text(backing, "port", "portgroupKey"), "")
    return Nic(
        mac=text(device, "macAddress").lower() or None,
        network=plain_name(name) or None,
        model=model,
        link="up" if truth(device, "connectable", "startConnected") else "down",
    )


def _controller(device: Element) -> DeviceController | None:
    bus = BUSES.get(kind(device), "")
    if bus not in ("scsi", "sata"):
        return None
    return DeviceController(
        type=bus, index=number(device, "busNumber") or 0, model=SCSI_MODELS.get(kind(device))
    )


def _video(device: Element) -> VideoCard | None:
    if kind(device) != "VirtualMachineVideoCard":
        return None
    return VideoCard(
        type="vmvga",
        vram=number(device, "videoRamSizeInKB"),
        heads=number(device, "numDisplays"),
        primary=True,
    )


_BOOTABLE = {
    "VirtualMachineBootOptionsBootableDiskDevice": "hd",
    "VirtualMachineBootOptionsBootableCdromDevice": "cdrom",
    "VirtualMachineBootOptionsBootableFloppyDevice": "fd",
    "VirtualMachineBootOptionsBootableEthernetDevice": "network",
}
"""What it boots from, and libvirt's word for all devices of that kind."""


def boot_groups(machine: Machine) -> Mapping[str, tuple[str, ...]]:
    """libvirt's word → the names of the devices that it means, in their order."""
    return {
        "hd": tuple(f"drive {each.key}" for each in machine.drives if each.device == "disk"),
        "network": tuple(f"nic {each.key}" for each in machine.nics),
        "cdrom": ("cdrom",),
        "fd": ("fd",),
    }


def boot_numbers(machine: Machine) -> Mapping[str, int]:
    """The names of the devices that have a place of their own in the order of booting → that place."""
    drives = {f"drive {each.key}": each.boot for each in machine.drives}
    nics = {f"nic {each.key}": each.boot for each in machine.nics}
    return {name: place for name, place in {**drives, **nics}.items() if place}


def _with_boot(machine: Machine, options: Element | None, devices: Mapping[str, Element]) -> Machine:
    """The order in which devices are booted from: by kind where whole kinds follow each other, else by
    device."""
    keys = {text(element, "key"): name for name, element in devices.items()}
    order = [
        (word, keys.get(text(each, "deviceKey"), word))
        for each in children(options, "bootOrder")
        if (word := _BOOTABLE.get(kind(each))) is not None
    ]
    words = tuple(dict.fromkeys(word for word, _ in order))
    groups = boot_groups(machine)
    if [name for _, name in order] == [name for word in words for name in groups[word]]:
        return replace(machine, boot=words)
    numbers = {name: place for place, (_, name) in enumerate(order, 1)}
    return replace(
        machine,
        drives=tuple(replace(each, boot=numbers.get(f"drive {each.key}")) for each in machine.drives),
        nics=tuple(replace(each, boot=numbers.get(f"nic {each.key}")) for each in machine.nics),
    )
