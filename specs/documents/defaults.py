"""What a domain's spec does not say: filled in by what it says, and by the kind of host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from specs.documents.formats import FormatOf, format_of
from specs.documents.setting import Setting
from specs.documents.targets import TARGET_BUSES, TARGET_PREFIXES, target_names
from specs.matrix import by_scheme
from specs.models.devices.disks import Disk, Filesystem, NetworkSource
from specs.models.devices.interfaces import Interface
from specs.models.devices.others import Character, Input
from specs.models.domain import DomainSpec
from specs.models.encryption import Encryption
from specs.models.machine import Clock, Cpu
from specs.models.sysinfo import Smbios

WITH_ACPI = ("x86_64", "i686", "aarch64")
"""Architectures whose guests have ACPI on QEMU."""


def completed(spec: DomainSpec, setting: Setting) -> DomainSpec:
    """The spec with everything said that its document says."""
    kind = spec.type or by_scheme(setting.scheme).usual.type or None
    container = "lxc" in (kind, setting.scheme)
    usual = by_scheme("lxc" if container else setting.scheme).usual
    orders = [disk.boot for disk in spec.disks] + [nic.boot for nic in spec.interfaces]
    said = spec.model_fields_set  # no serial port is one that is said: `serial: []`
    own_serial = usual.emulated and not spec.console and "serial" not in said
    own_console = container and "console" not in said
    return spec.model_copy(
        update={
            "type": kind,
            "os_type": spec.os_type or ("exe" if container or spec.init else "hvm"),
            "memory": spec.memory.model_copy(update={"max": spec.memory.max or spec.memory.size}),
            "vcpus": spec.vcpus.model_copy(update={"max": spec.vcpus.max or spec.vcpus.count}),
            "cpu": _cpu(spec.cpu),
            "clock": _clock(spec.clock),
            "boot": [] if any(orders) else spec.boot,  # libvirt takes one or the other
            "disks": [_disk(*placed, setting) for placed in _placed(spec.disks, usual.bus)],
            "filesystems": [_filesystem(each, emulated=usual.emulated) for each in spec.filesystems],
            "interfaces": [_interface(nic, usual.nic or None) for nic in spec.interfaces],
            "serial": spec.serial or ([Character()] if own_serial else []),
            "input": [_input(each) for each in spec.input],
            "smbios": _smbios(spec.smbios),
            "console": spec.console or ([Character()] if own_console else []),
            "acpi": _has_acpi(spec, usual.emulated) if spec.acpi is None else spec.acpi,
        }
    )


def is_emulated(scheme: str, kind: str | None) -> bool:
    """Whether a guest on such a host, of that type, has QEMU's devices."""
    return by_scheme(scheme).usual.emulated and kind != "lxc"


def _has_acpi(spec: DomainSpec, emulated: bool) -> bool:
    """Whether a guest has ACPI unless it is said otherwise: those that QEMU makes, where there is such."""
    return emulated and (spec.arch or "x86_64") in WITH_ACPI


def _cpu(cpu: Cpu | None) -> Cpu | None:
    return cpu.model_copy(update={"mode": "custom"}) if cpu and cpu.model and not cpu.mode else cpu


def _clock(clock: Clock | None) -> Clock | None:
    if clock is None or clock.offset != "variable" or clock.adjustment is not None:
        return clock
    return clock.model_copy(update={"adjustment": 0})


def _placed(disks: list[Disk], usual: str) -> Iterator[tuple[Disk, str, str]]:
    """Each disk with its target and bus: as declared, else the next free target of its bus."""
    taken = {disk.target for disk in disks if disk.target}
    for disk in disks:
        bus = disk.bus or _default_bus(disk, usual)
        target = disk.target
        if target is None:
            prefix = TARGET_PREFIXES[bus]
            target = next(name for name in target_names(prefix) if name not in taken)
            taken.add(target)
        yield disk, target, bus


def _default_bus(disk: Disk, usual: str) -> str:
    if disk.target:
        prefix = disk.target.rstrip("0123456789")[:-1]
        if prefix in TARGET_BUSES:
            return TARGET_BUSES[prefix]
        return "sata" if disk.device == "cdrom" else "scsi"
    return usual or {"cdrom": "sata", "floppy": "fdc", "lun": "scsi"}.get(disk.device, "virtio")


def _disk(disk: Disk, target: str, bus: str, setting: Setting) -> Disk:
    said: dict[str, Any] = {
        **_by_path(disk, setting),
        "target": target,
        "bus": bus,
        "format": disk.format or _format(disk, setting.format_of),
        "encryption": _encryption(disk, setting),
    }
    if disk.network:
        said["network"] = _login(disk.network, setting.usage)
    return disk.model_copy(update={**said, "readonly": disk.readonly or disk.device == "cdrom"})


def _by_path(disk: Disk, setting: Setting) -> dict[str, Any]:
    """A volume by its path, where that can be known and nothing else is understood: libxl does not look
    volumes up (no virDomainDiskTranslateSourcePool in libxl_conf.c)."""
    folder = setting.pool_path(disk.volume.pool) if disk.volume and setting.scheme == "xen" else None
    if folder is None or disk.volume is None:
        return {}
    return {"volume": None, "file": f"{folder.rstrip('/')}/{disk.volume.name}"}


def _format(disk: Disk, formats: FormatOf) -> str | None:
    if disk.block:
        return "raw"
    if disk.device in ("cdrom", "floppy"):
        return None
    return formats(disk.volume.pool, disk.volume.name) if disk.volume else format_of(disk.file or "", None)


def _encryption(disk: Disk, setting: Setting) -> Encryption | None:
    """As the disk says, else as its volume is: QEMU asks libvirt for the passphrase by the disk alone."""
    name = disk.encryption.secret if disk.encryption else None
    if name is None and disk.volume:
        name = setting.encrypted_by(disk.volume.pool, disk.volume.name)
    uuid = setting.uuid(name) if name else None
    return Encryption.model_construct(secret=uuid) if uuid else None


def _login(source: NetworkSource, usage: Callable[[str], str]) -> NetworkSource:
    """A host finds a Secret by its usage."""
    return source.model_copy(update={"secret": usage(source.secret)}) if source.secret else source


def _filesystem(filesystem: Filesystem, *, emulated: bool) -> Filesystem:
    """QEMU shares folders by virtiofs; others have one way, and no name for it."""
    driver = filesystem.driver or ("virtiofs" if emulated else "container")
    access = filesystem.accessmode or (None if driver == "container" else "passthrough")
    return filesystem.model_copy(update={"driver": driver, "accessmode": access})


def _input(device: Input) -> Input:
    """Plugged into USB, one of the host's into virtio; evdev is no device of the guest's."""
    usual = {"evdev": None, "passthrough": "virtio"}.get(device.type, "usb")
    return device.model_copy(update={"bus": device.bus or usual})


def _smbios(smbios: Smbios | None) -> Smbios | None:
    if smbios is None or smbios.mode or not smbios.has_tables:
        return smbios
    return smbios.model_copy(update={"mode": "sysinfo"})


def _interface(nic: Interface, model: str | None) -> Interface:
    return nic.model_copy(update={"model": nic.model or model})
