"""A machine as every native driver knows it: one frozen value for one libvirt domain document, both ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from lxml import etree

from drivers.native.codec import LOWER, take, write
from drivers.native.devices import (
    Balloon,
    DeviceController,
    Display,
    Drive,
    InputDevice,
    Nic,
    SerialPort,
    SharedFolder,
    SoundCard,
    TrustedChip,
    VideoCard,
)
from drivers.native.marking import put_mark_text, take_mark_text
from drivers.native.unknown import Unknown, unknown_in
from specs.places import ON_OFF, At, Flag
from specs.xml import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuLayout:
    """How virtual CPUs are laid out."""

    sockets: Annotated[int | None, At("@sockets")] = None
    dies: Annotated[int | None, At("@dies")] = None
    cores: Annotated[int | None, At("@cores")] = None
    threads: Annotated[int | None, At("@threads")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestClock:
    """What the guest's clock is set to at its start."""

    offset: Annotated[str, At("@offset")] = "utc"
    timezone: Annotated[str | None, At("@timezone")] = None
    adjustment: Annotated[str | None, At("@adjustment")] = None
    basis: Annotated[str | None, At("@basis")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareFeature:
    """A feature of UEFI: 'secure-boot', 'enrolled-keys'."""

    name: Annotated[str | None, At("@name")] = None
    enabled: Annotated[bool | None, At("@enabled")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A domain, in the order in which its document is written. What is None, '' or () is not said.

    Memory is in KiB: `memory_max` is what it can have, `memory` what it has (None: all of that). Likewise
    `vcpus` can be there and `vcpus_online` are (None: all). `machine` is the virtual hardware, in the
    hypervisor's words ('vmx-19'); `guest` says which system runs in it: libosinfo's id of it, or the
    hypervisor's own. `mark` is our ownership mark, an element as text, kept wherever the hypervisor has room.
    """

    type: Annotated[str | None, At("@type")] = None
    name: Annotated[str | None, At("name")] = None
    uuid: Annotated[str | None, At("uuid", form=LOWER)] = None
    title: Annotated[str | None, At("title")] = None
    description: Annotated[str | None, At("description")] = None
    genid: Annotated[str | None, At("genid")] = None
    mark: str = ""
    guest: Annotated[str | None, At("metadata/libosinfo:libosinfo/libosinfo:os/@id")] = None
    memory_max: Annotated[int | None, At("memory", unit="KiB")] = None
    memory: Annotated[int | None, At("currentMemory", unit="KiB")] = None
    vcpus: Annotated[int | None, At("vcpu")] = None
    vcpus_online: Annotated[int | None, At("vcpu/@current")] = None
    cpuset: Annotated[str | None, At("vcpu/@cpuset")] = None
    placement: Annotated[str | None, At("vcpu/@placement")] = None
    shares: Annotated[int | None, At("cputune/shares")] = None
    vcpu_period: Annotated[int | None, At("cputune/period")] = None
    vcpu_quota: Annotated[int | None, At("cputune/quota")] = None
    cpu_period: Annotated[int | None, At("cputune/global_period")] = None
    cpu_quota: Annotated[int | None, At("cputune/global_quota")] = None
    memory_reserved: Annotated[int | None, At("memtune/min_guarantee", unit="KiB")] = None
    os_type: Annotated[str, At("os/type")] = "hvm"
    arch: Annotated[str | None, At("os/type/@arch")] = None
    machine: Annotated[str | None, At("os/type/@machine")] = None
    firmware: Annotated[str | None, At("os/@firmware")] = None
    firmware_features: Annotated[tuple[FirmwareFeature, ...], At("os/firmware/feature")] = ()
    boot: Annotated[tuple[str, ...], At("os/boot/@dev")] = ()
    smbios: Annotated[str | None, At("os/smbios/@mode")] = None
    acpi: Annotated[bool, Flag("features/acpi")] = False
    apic: Annotated[bool, Flag("features/apic")] = False
    pae: Annotated[bool, Flag("features/pae")] = False
    smm: Annotated[bool | None, At("features/smm/@state", form=ON_OFF)] = None
    dedicated: Annotated[bool | None, At("features/kvm/hint-dedicated/@state", form=ON_OFF)] = None
    cpu_mode: Annotated[str | None, At("cpu/@mode")] = None
    layout: Annotated[CpuLayout | None, At("cpu/topology")] = None
    clock: Annotated[GuestClock | None, At("clock")] = None
    on_poweroff: Annotated[str | None, At("on_poweroff")] = None
    on_reboot: Annotated[str | None, At("on_reboot")] = None
    on_crash: Annotated[str | None, At("on_crash")] = None
    drives: Annotated[tuple[Drive, ...], At("devices/disk")] = ()
    controllers: Annotated[tuple[DeviceController, ...], At("devices/controller")] = ()
    folders: Annotated[tuple[SharedFolder, ...], At("devices/filesystem")] = ()
    nics: Annotated[tuple[Nic, ...], At("devices/interface")] = ()
    serials: Annotated[tuple[SerialPort, ...], At("devices/serial")] = ()
    parallels: Annotated[tuple[SerialPort, ...], At("devices/parallel")] = ()
    consoles: Annotated[tuple[SerialPort, ...], At("devices/console")] = ()
    inputs: Annotated[tuple[InputDevice, ...], At("devices/input")] = ()
    chips: Annotated[tuple[TrustedChip, ...], At("devices/tpm")] = ()
    displays: Annotated[tuple[Display, ...], At("devices/graphics")] = ()
    sounds: Annotated[tuple[SoundCard, ...], At("devices/sound")] = ()
    videos: Annotated[tuple[VideoCard, ...], At("devices/video")] = ()
    balloons: Annotated[tuple[Balloon, ...], At("devices/memballoon")] = ()

    @property
    def memory_now(self) -> int:
        """The memory that it has, in KiB; 0 where nothing is said."""
        return (self.memory_max or 0) if self.memory is None else self.memory

    def has_firmware(self, feature: str) -> bool:
        """Whether a feature of the firmware is on."""
        return any(each.name == feature and each.enabled for each in self.firmware_features)


def machine_document(machine: Machine) -> str:
    """The machine as a domain document. One and the same machine has one and the same text."""
    root = etree.Element("domain")
    memory = machine.memory_max if machine.memory is None else machine.memory
    write(root, replace(machine, memory=memory))
    put_mark_text(root, machine.mark)
    if root.find("devices") is None:  # so that the first one is one device more, and no more than that
        etree.SubElement(root, "devices")
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def read_machine(document: str) -> tuple[Machine, tuple[Unknown, ...]]:
    """What a domain document says as a machine, and what it says beyond that: nothing is dropped silently.
    Raises NotXml."""
    root = parse(document, blanks=False)
    mark = take_mark_text(root)
    machine = take(root, Machine)
    memory = None if machine.memory == machine.memory_max else machine.memory
    return replace(machine, mark=mark, memory=memory), tuple(unknown_in(root))
