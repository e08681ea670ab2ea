"""From what the host tells to canonical values: pure, and the other way round in `writing`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

from drivers.hyperv.formats import format_of_file
from drivers.hyperv.places import folder_and_name, same_path, spelled_mac, target_of
from drivers.hyperv.told import DriveTold, ImageTold, NicTold, PoolTold, SwitchTold, WholeMachine
from drivers.native import (
    Drive,
    FirmwareFeature,
    Machine,
    NativeNetwork,
    NativePool,
    NativeVolume,
    Nic,
    SerialPort,
    VlanTag,
    parted,
)

BOOT_WORDS = {"CD": "cdrom", "IDE": "hd", "LegacyNetworkAdapter": "network", "Floppy": "fd"}
"""What a BIOS boots from (Set-VMBios -StartupOrder), in libvirt's words."""

SYNTHETIC, LEGACY = "netvsc", "tulip"
"""libvirt's names of the two network adapters (hypervDomainDefParseSyntheticEthernetAdapter)."""

_POOLS = UUID("8f2f5a26-3b4c-5a4e-9a66-6f1f2b1c7d10")


def read_host_machine(told: WholeMachine, folders: Mapping[str, str]) -> Machine:
    """A virtual machine as its canonical value; `folders` are those of the host's pools."""
    itself = told.itself
    description, mark = parted(itself.notes or "")
    second = itself.generation == 2
    ranks = {id_: rank for rank, id_ in enumerate(told.boot.order, 1)} if told.boot and second else {}
    drives = [_drive(each, ranks, folders, dvd=False) for each in told.disks]
    drives += [_drive(each, ranks, folders, dvd=True) for each in told.dvds]
    return Machine(
        type="hyperv",
        name=itself.name,
        uuid=itself.id.lower(),
        description=description or None,
        mark=mark,
        memory_max=_kib(itself.maximum if itself.dynamic else itself.startup),
        memory=_kib(itself.startup) if itself.dynamic else None,
        memory_reserved=_kib(itself.minimum) if itself.dynamic else None,
        vcpus=itself.processors,
        arch="x86_64",
        firmware="efi" if second else None,
        firmware_features=_features(told) if second else (),
        boot=() if second or not told.boot else tuple(BOOT_WORDS[word] for word in told.boot.order),
        drives=tuple(sorted(drives, key=lambda drive: (drive.bus or "", len(drive.key), drive.key))),
        nics=tuple(_nic(each, ranks) for each in told.nics),
        serials=tuple(
            SerialPort(type="pipe", path=port.path, port=port.number - 1) for port in told.ports if port.path
        ),
    )


def read_switch(told: SwitchTold) -> NativeNetwork:
    """A virtual switch. The host's own adapter in an internal one is its bridge; a private one has none."""
    description, mark = parted(told.notes or "")
    external = told.type == "External"
    return NativeNetwork(
        name=told.name,
        uuid=told.id.lower(),
        description=description or None,
        mark=mark,
        mode="bridge" if external else None,
        uplinks=tuple(told.uplinks) if external else (),
        bridge=host_adapter(told.name) if told.type == "Internal" else None,
    )


def host_adapter(switch: str) -> str:
    """What the host's own adapter in an internal switch is called."""
    return f"vEthernet ({switch})"


def read_pool(told: PoolTold) -> NativePool:
    """A storage resource pool. It has no UUID of its own: its name tells it from others."""
    return NativePool(name=told.name, uuid=str(uuid5(_POOLS, told.name)), path=";".join(told.paths))


def read_image(told: ImageTold, folder: str) -> NativeVolume:
    """A virtual hard disk's file. One of fixed size has all of it; of others only what was asked for is told,
    for what they take changes as they are written to."""
    fixed = told.type == "Fixed"
    return NativeVolume(
        name=told.name,
        identifier=f"{folder}\\{told.name}",
        capacity=told.size,
        allocation=told.size if fixed else 0,
        path=f"{folder}\\{told.name}",
        format=format_of_file(told.name),
        backing=told.parent or None,
        backing_format=format_of_file(told.parent) if told.parent else None,
    )


def pool_of(path: str, folders: Mapping[str, str]) -> tuple[str, str] | None:
    """The pool that a file lies in, and its name there."""
    folder, name = folder_and_name(path)
    pool = next((pool for pool, own in folders.items() if same_path(own, folder)), None)
    return (pool, name) if pool is not None else None


def _drive(told: DriveTold, ranks: Mapping[str, int], folders: Mapping[str, str], *, dvd: bool) -> Drive:
    target, bus = target_of(told.type, told.number, told.location)
    place = pool_of(told.path, folders) if told.path else None
    return Drive(
        type="volume" if place else "block" if told.physical is not None else "file",
        device="cdrom" if dvd else "disk",
        format=(format_of_file(told.path) or None) if told.path and not dvd else None,
        file=told.path if told.path and not place and told.physical is None else None,
        block=f"\\\\.\\PhysicalDrive{told.physical}" if told.physical is not None else None,
        pool=place[0] if place else None,
        volume=place[1] if place else None,
        target=target,
        bus=bus,
        readonly=dvd,
        boot=ranks.get(told.id),
    )


def _nic(told: NicTold, ranks: Mapping[str, int]) -> Nic:
    """An adapter that is in no switch is of type null, as libvirt calls it."""
    return Nic(
        type="network" if told.switch else "null",
        mac=spelled_mac(told.mac),
        network=told.switch or None,
        model=LEGACY if told.legacy else SYNTHETIC,
        trunk=True if told.mode == "Trunk" else None,
        vlans=_vlans(told),
        boot=ranks.get(told.id),
    )


def _vlans(told: NicTold) -> tuple[VlanTag, ...]:
    tags: Sequence[int] = {"Access": [told.access], "Trunk": told.allowed}.get(told.mode, [])
    return tuple(VlanTag(id=tag) for tag in tags)


def _features(told: WholeMachine) -> tuple[FirmwareFeature, ...]:
    """Microsoft's keys are always enrolled: secure boot is on or off with them."""
    on = told.boot is not None and told.boot.secure == "On"
    return (
        FirmwareFeature(enabled=on, name="secure-boot"),
        FirmwareFeature(enabled=on, name="enrolled-keys"),
    )


def _kib(amount: int) -> int:
    return amount // 1024
