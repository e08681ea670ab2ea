"""A .vbox file as a machine: pure, no VirtualBox needed. What the file leaves out is what VirtualBox takes
for usual (settings::Hardware and its like in src/VBox/Main/xml/Settings.cpp)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from drivers.native.devices import DeviceController, Drive, DriveAddress, Nic
from drivers.native.machine import FirmwareFeature, GuestClock, Machine, machine_document
from drivers.vbox.cards import nics_in, serials_in, sounds_in, video_in
from drivers.vbox.nodes import Element, child, every, said, uuid_in
from drivers.vbox.words import BOOT_OF, BUSES, FORMATS, MEDIUM_OF, bus_of_chip, letters
from specs.xml import parse

MARK, TITLE, VOLUMES = "virt-reconcile/mark", "virt-reconcile/title", "virt-reconcile/volumes"
"""Extra data of a machine: our mark, its title, and which of its disks were given as volumes."""

_WITHOUT_KEYS = tuple(FirmwareFeature(name=name, enabled=False) for name in ("secure-boot", "enrolled-keys"))
"""As VirtualBox makes a machine with UEFI; whether keys were enrolled since, its variables tell alone."""

_USUAL_BOOT = ("fd", "cdrom", "hd")
_DEVICES = {name: device for device, name in MEDIUM_OF.items()}
_BOOTS = {name: boot for boot, name in BOOT_OF.items()}


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What a machine's file does not say itself: where its images are (UUID → place and format of the
    image that a chain begins with), the folders of pools by their names, its NAT networks, and the internal
    ones that are objects of ours there."""

    media: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    nat: frozenset[str] = frozenset()
    internal: frozenset[str] = frozenset()


NO_NEIGHBOURS = Neighbourhood()


@dataclass(frozen=True, slots=True)
class Plug:
    """Where a drive is: the controller's name, its port and device there."""

    controller: str
    port: int
    device: int


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A machine with what no document says: by which names and places VBoxManage knows its devices.

    `plugs` tells by a drive's target where it is, `slots` by a card's MAC its adapter, counted from 1;
    `chips` by a controller's name what it is. `saved` says whether its memory was saved.
    """

    machine: Machine
    plugs: Mapping[str, Plug]
    slots: Mapping[str, int]
    chips: Mapping[str, str]
    extra: Mapping[str, str]
    snapshots: Mapping[str, str] = field(default_factory=dict)
    saved: bool = False
    autostart: bool = False
    changed: str = ""


def read_vbox(text: str) -> str:
    """The libvirt document of a .vbox file. Raises NotXml, ValueError where the file is none."""
    return machine_document(read_settings(text).machine)


def media_of(root: Element) -> dict[str, tuple[str, str]]:
    """Images by their UUIDs, as far as a file registers them: place and format; of a chain, those of the one
    that it begins with."""
    found: dict[str, tuple[str, str]] = {}
    for registry in root.iter("{*}MediaRegistry"):
        for image in registry.iter("{*}HardDisk", "{*}Image"):
            above = image.getparent()
            beginning = found.get(uuid_in(above)) if above is not None and above.get("location") else None
            format_ = "" if image.tag.endswith("Image") else image.get("format", "")
            found[uuid_in(image)] = beginning or (image.get("location") or "", format_)
    return found


def read_settings(text: str, around: Neighbourhood = NO_NEIGHBOURS) -> SettingsFile:
    """What a .vbox file says. Raises NotXml, ValueError where the file is none."""
    root = parse(text, blanks=False)
    machine = child(root, "Machine")
    hardware = child(machine, "Hardware")
    if machine is None or hardware is None:
        raise ValueError("it is no settings file of a VirtualBox machine (no Machine with Hardware)")
    items = every(machine, "ExtraData/ExtraDataItem")
    extra = {each.get("name", ""): each.get("value", "") for each in items}
    media = {**around.media, **media_of(root)}
    drives, plugs, controllers, chips = _storage(hardware, media, _volumes(extra, around))
    nics, slots = nics_in(hardware, around.internal)
    return SettingsFile(
        machine=_machine(machine, hardware, extra, drives, controllers, nics),
        plugs=plugs,
        slots=slots,
        chips=chips,
        extra=extra,
        snapshots={uuid_in(each): each.get("name", "") for each in machine.iter("{*}Snapshot")},
        saved=bool(machine.get("stateFile")),
        autostart=said(hardware, "Autostart", "enabled") == "true",
        changed=machine.get("lastStateChange", ""),
    )


def _machine(
    machine: Element,
    hardware: Element,
    extra: Mapping[str, str],
    drives: tuple[Drive, ...],
    controllers: tuple[DeviceController, ...],
    nics: tuple[Nic, ...],
) -> Machine:
    cap = int(said(hardware, "CPU", "executionCap") or 100)
    description = child(machine, "Description")
    efi = said(hardware, "Firmware", "type").startswith("EFI")
    return Machine(
        type="vbox",
        name=machine.get("name"),
        uuid=uuid_in(machine),
        title=extra.get(TITLE) or None,
        description=(description.text or None) if description is not None else None,
        mark=extra.get(MARK, ""),
        guest=machine.get("OSType"),
        memory_max=int(said(hardware, "Memory", "RAMSize") or 128) * 1024,
        vcpus=int(said(hardware, "CPU", "count") or 1),
        vcpu_period=None if cap == 100 else 100_000,
        vcpu_quota=None if cap == 100 else cap * 1000,
        machine=(said(hardware, "Chipset", "type") or "PIIX3").lower(),
        firmware="efi" if efi else None,
        firmware_features=_WITHOUT_KEYS if efi else (),
        boot=_boot(hardware),
        acpi=said(hardware, "BIOS/ACPI", "enabled") != "false",
        apic=said(hardware, "BIOS/IOAPIC", "enabled") == "true",
        pae=said(hardware, "CPU/PAE", "enabled") != "false",
        clock=_clock(hardware),
        drives=drives,
        controllers=controllers,
        nics=nics,
        serials=tuple(serials_in(hardware)),
        sounds=tuple(sounds_in(hardware)),
        videos=(video_in(hardware),),
    )


def _boot(hardware: Element) -> tuple[str, ...]:
    order = {int(each.get("position", 0)): each.get("device", "") for each in every(hardware, "Boot/Order")}
    if not order:
        return _USUAL_BOOT
    found = (_BOOTS.get(device) for _, device in sorted(order.items()))
    return tuple(dict.fromkeys(boot for boot in found if boot))


def _clock(hardware: Element) -> GuestClock:
    base = "utc" if said(hardware, "RTC", "localOrUTC") == "UTC" else "localtime"
    moved = int(said(hardware, "BIOS/TimeOffset", "value") or 0)
    if moved:
        return GuestClock(offset="variable", adjustment=str(moved // 1000), basis=base)
    return GuestClock(offset=base)


def _storage(
    hardware: Element,
    media: Mapping[str, tuple[str, str]],
    volumes: Mapping[tuple[str, str], tuple[str, str]],
) -> tuple[tuple[Drive, ...], dict[str, Plug], tuple[DeviceController, ...], dict[str, str]]:
    drives: list[Drive] = []
    plugs: dict[str, Plug] = {}
    controllers: list[DeviceController] = []
    chips: dict[str, str] = {}
    for node in every(hardware, "StorageControllers/StorageController"):
        name, chip = node.get("name", ""), node.get("type", "")
        bus, model = bus_of_chip(chip)
        if not bus:
            continue
        chips[name] = chip
        index = sum(each.type == bus for each in controllers)
        controllers.append(DeviceController(type=bus, index=index, model=model or None))
        for device in every(node, "AttachedDevice"):
            plug = Plug(name, int(device.get("port", 0)), int(device.get("device", 0)))
            drive = _drive(device, bus, index, plug, media, taken=plugs.keys())
            if drive is None:
                continue
            given = volumes.get((drive.target or "", drive.file or ""))
            if given:
                drive = _as_volume(drive, *given)
            drives.append(drive)
            plugs[drive.target or ""] = plug
    return tuple(drives), plugs, tuple(controllers), chips


def _drive(
    node: Element,
    bus: str,
    index: int,
    plug: Plug,
    media: Mapping[str, tuple[str, str]],
    taken: Collection[str],
) -> Drive | None:
    device = _DEVICES.get(node.get("type", "HardDisk"))
    if device is None:
        return None
    image = child(node, "Image")
    place = plug.port * BUSES[bus].devices + plug.device
    found, form = media.get(uuid_in(image), ("", "")) if image is not None else ("", "")
    host = child(node, "HostDrive")
    block = host.get("src") if host is not None else None
    return Drive(
        type="block" if block else "file",
        device=device,
        format=(FORMATS.get(form) or "raw") if found else None,
        file=found or None,
        block=block,
        target=_target(BUSES[bus].prefix, place, taken),
        bus=bus,
        readonly=device == "cdrom",
        address=DriveAddress(controller=index, bus=0, target=0, unit=place),
    )


def _target(prefix: str, place: int, taken: Collection[str]) -> str:
    """The name of a place; where another bus has it already, the next that is free."""
    if prefix == "nvme":
        return f"nvme{place}n1"
    while (name := prefix + letters(place)) in taken:
        place += 1
    return name


def _as_volume(drive: Drive, pool: str, volume: str) -> Drive:
    return replace(drive, type="volume", file=None, pool=pool, volume=volume)


def _volumes(extra: Mapping[str, str], around: Neighbourhood) -> dict[tuple[str, str], tuple[str, str]]:
    """Target and file → the volume that this drive was given as; a file elsewhere is no more that volume."""
    found = {}
    for line in extra.get(VOLUMES, "").split("\n"):
        target, _, name = line.partition(" ")
        pool, _, volume = name.partition("/")
        if volume and pool in around.folders:
            found[target, f"{around.folders[pool].rstrip('/')}/{volume}"] = (pool, volume)
    return found
