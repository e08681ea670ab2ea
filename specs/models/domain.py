"""Domain: a virtual machine or a container."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from specs.models.base import AbsolutePath, Bool, Count, Int, Name, Resource, Text, Uuid, as_list
from specs.models.containers import IdMap, Namespaces, RamFilesystem, RootPowers
from specs.models.devices.disks import Disk, Filesystem
from specs.models.devices.interfaces import Interface
from specs.models.devices.others import (
    Channel,
    Character,
    Graphics,
    HostDevice,
    Input,
    Memballoon,
    Rng,
    SharedMemory,
    Sound,
    Tpm,
    Video,
    Watchdog,
)
from specs.models.features import HyperV, Kvm
from specs.models.machine import Clock, Cpu, Firmware, Init, Kernel, Memory, Vcpus
from specs.models.migration import MigrationSpec
from specs.models.placement import PlacementSpec
from specs.models.policy import Governed, Restart, Safety, StopSpec
from specs.models.readiness import ReadySpec, short_ready
from specs.models.seeds import CloudInit, ConfigDrive, Ignition
from specs.models.sysinfo import Elements, Qemu, Smbios
from specs.models.tuning import CpuLimit, MemoryLimits, NumaTune, Pinning
from specs.places import At, Flag, Hook, In


def _memory(value: Any) -> Any:
    return {"size": value} if isinstance(value, (int, str)) else value


def _vcpus(value: Any) -> Any:
    return {"count": value} if isinstance(value, (int, str)) else value


def _firmware(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


def _cpu(value: Any) -> Any:
    return {"mode": value} if isinstance(value, str) else value


def _model(value: Any) -> Any:
    return {"model": value} if isinstance(value, str) else value


def _kernel(value: Any) -> Any:
    return {"image": value} if isinstance(value, str) else value


def _init(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _named(field: str) -> Any:
    def convert(value: Any) -> Any:
        items = as_list(value)
        if not isinstance(items, list):
            return value
        return [{field: item} if isinstance(item, str) else item for item in items]

    return BeforeValidator(convert)


_SECURE = ("q35", "vmx-")
"""Parts of the names of machine types that can boot signed code alone: QEMU's, VMware's."""

AGENT = "org.qemu.guest_agent.0"
"""The channel of the guest agent."""


class DomainSpec(Governed):
    """What a domain is."""

    host: Name | None = Field(default=None, description="The Host it runs on; may be left out with one host.")
    placement: PlacementSpec | None = Field(
        default=None,
        description="Where it may run: in place of host, or besides it for when its host is in maintenance.",
    )
    migration: MigrationSpec = Field(
        default=MigrationSpec(), description="How it may be moved to another host; by the fleet's defaults."
    )
    template: Name | None = Field(default=None, description="A DomainTemplate that this spec refines.")
    state: Literal["running", "stopped", "paused"] = Field(default="running", description="Its power state.")
    autostart: Bool | None = Field(
        default=None, description="Whether it starts with its host; left as it is by default."
    )
    type: Annotated[
        Literal["kvm", "qemu", "lxc", "xen", "test", "bhyve", "vz", "hvf", "vmware", "hyperv", "vbox"] | None,
        At("@type"),
    ] = Field(default=None, description="The virtualization; the best that the host offers by default.")
    os_type: Annotated[Literal["hvm", "exe", "linux", "xen", "xenpvh"] | None, At("os/type")] = Field(
        default=None, description="Full virtualization (hvm), container (exe), paravirtualization."
    )
    uuid: Annotated[Uuid | None, At("uuid")] = Field(
        default=None, description="Its UUID; derived from fleet and name by default."
    )
    title: Annotated[Text | None, At("title")] = Field(default=None, description="A short title.")
    description: Annotated[Text | None, At("description")] = Field(
        default=None, description="A longer description."
    )
    arch: Annotated[Text | None, At("os/type/@arch")] = Field(
        default=None, description="The architecture; the host's by default."
    )
    machine: Annotated[Text | None, At("os/type/@machine")] = Field(
        default=None, description="The machine type, such as q35."
    )
    emulator: Annotated[AbsolutePath | None, At("devices/emulator")] = Field(
        default=None, description="The program that runs it."
    )
    firmware: Annotated[Firmware | None, BeforeValidator(_firmware), Hook("os", name="firmware")] = Field(
        default=None, description="bios or uefi, or a mapping."
    )
    kernel: Annotated[Kernel | None, BeforeValidator(_kernel), In("os")] = Field(
        default=None, description="Direct kernel boot: a path, or a mapping."
    )
    init: Annotated[Init | None, BeforeValidator(_init), In("os")] = Field(
        default=None, description="What a container runs: a path, or a mapping."
    )
    boot: Annotated[
        list[Literal["hd", "cdrom", "network", "fd"]], BeforeValidator(as_list), At("os/boot/@dev")
    ] = Field(
        default=[],
        description="Kinds of device to boot from, in order; a disk's or NIC's own boot stands in its place.",
    )
    memory: Annotated[Memory, BeforeValidator(_memory), In(".")] = Field(description="A size, or a mapping.")
    vcpus: Annotated[Vcpus, BeforeValidator(_vcpus), At("vcpu")] = Field(
        default=Vcpus(count=1), description="A number, or a mapping."
    )
    acpi: Annotated[Bool | None, Flag("features/acpi", absent=False)] = Field(
        default=None, description="Whether the guest has ACPI, and its APIC; by default where QEMU has such."
    )
    cpu: Annotated[Cpu | None, BeforeValidator(_cpu), At("cpu")] = Field(
        default=None, description="A mode, or a mapping."
    )
    clock: Annotated[
        Clock | None, BeforeValidator(lambda v: {"offset": v} if isinstance(v, str) else v), At("clock")
    ] = Field(default=None, description="An offset, or a mapping.")
    on_poweroff: Annotated[
        Literal["destroy", "restart", "preserve", "rename-restart"] | None, At("on_poweroff")
    ] = Field(default=None, description="What happens when the guest powers off.")
    on_reboot: Annotated[
        Literal["destroy", "restart", "preserve", "rename-restart"] | None, At("on_reboot")
    ] = Field(default=None, description="What happens when the guest reboots.")
    on_crash: Annotated[
        Literal["destroy", "restart", "preserve", "rename-restart", "coredump-destroy", "coredump-restart"]
        | None,
        At("on_crash"),
    ] = Field(default=None, description="What happens when the guest crashes.")
    disks: Annotated[list[Disk], At("devices/disk")] = Field(default=[], description="Disks and drives.")
    filesystems: Annotated[list[Filesystem], At("devices/filesystem[@type=mount]")] = Field(
        default=[], description="Shared folders; a container's root."
    )
    interfaces: Annotated[list[Interface], At("devices/interface")] = Field(
        default=[], description="Network interfaces."
    )
    graphics: Annotated[list[Graphics], _named("type"), At("devices/graphics")] = Field(
        default=[], description="Remote displays."
    )
    video: Annotated[Video | None, BeforeValidator(_model), At("devices/video/model")] = Field(
        default=None, description="The video card."
    )
    serial: Annotated[list[Character], _named("type"), At("devices/serial")] = Field(
        default=[], description="Serial ports; by default one that is the console, on QEMU: [] is none."
    )
    console: Annotated[list[Character], _named("type"), At("devices/console")] = Field(
        default=[],
        description="Consoles; the first is the first serial port where there is one, others are virtio.",
    )
    agent: Annotated[
        Bool, Flag(f"devices/channel[@type=unix][target/@type=virtio][target/@name={AGENT}]")
    ] = Field(default=False, description="Whether there is a channel for the QEMU guest agent.")
    channels: Annotated[
        list[Channel],
        _named("name"),
        At(f"devices/channel[@type=unix][target/@type=virtio][target/@name!={AGENT}]"),
    ] = Field(default=[], description="Channels to the guest.")
    rng: Annotated[
        Rng | None,
        BeforeValidator(lambda v: {"backend": v} if isinstance(v, str) else v),
        At("devices/rng[@model=virtio][backend/@model=random]"),
    ] = Field(default=None, description="A source of randomness: the host's device, or a mapping.")
    watchdog: Annotated[Watchdog | None, BeforeValidator(_model), At("devices/watchdog")] = Field(
        default=None, description="A watchdog."
    )
    tpm: Annotated[Tpm | None, At("devices/tpm[backend/@type=emulator]")] = Field(
        default=None, description="An emulated TPM."
    )
    host_devices: Annotated[list[HostDevice], At("devices/hostdev[@mode=subsystem]")] = Field(
        default=[], description="Devices of the host."
    )
    memballoon: Annotated[Memballoon | None, BeforeValidator(_model), At("devices/memballoon")] = Field(
        default=None, description="The balloon."
    )
    sound: Annotated[Sound | None, BeforeValidator(_model), At("devices/sound")] = Field(
        default=None, description="A sound card."
    )
    input: Annotated[list[Input], _named("type"), At("devices/input")] = Field(
        default=[], description="Keyboards, mice, tablets."
    )
    cloud_init: CloudInit | None = Field(
        default=None, description="A seed for cloud-init: user data, metadata, network configuration."
    )
    ignition: Annotated[
        Ignition | None, BeforeValidator(lambda v: {"config": v} if isinstance(v, str) else v)
    ] = Field(default=None, description="A configuration for Ignition: JSON, or a mapping.")
    config_drive: ConfigDrive | None = Field(
        default=None, description="A CD with files, such as OpenStack's config drive or an answer file."
    )
    ready: Annotated[ReadySpec | None, BeforeValidator(short_ready)] = Field(
        default=None, description="When it counts as ready once started: agent, lease, none, or a mapping."
    )
    after: Annotated[list[Name], BeforeValidator(as_list)] = Field(
        default=[], description="Domains that are started, and ready, before it is."
    )
    restart: Restart | None = Field(
        default=None,
        description="Whether a change may restart the guest, or take memory from it while it runs.",
    )
    stop: StopSpec | None = Field(default=None, description="How the guest is stopped.")
    safety_snapshot: Safety | None = Field(
        default=None,
        description="Whether a snapshot is taken before a restart, a replacement or a loss of data: true, or"
        " else it is not done; if-possible; false.",
    )
    xml: Text | None = Field(
        default=None, description="libvirt XML, <domain>…</domain>, that is merged in by the same identities."
    )
    xml_file: Text | None = Field(
        default=None, description="A libvirt XML file of the tree, relative to this file, to start from."
    )
    iothreads: Annotated[Count | None, At("iothreads")] = Field(
        default=None, description="How many I/O threads its disks can be served by."
    )
    pinning: Annotated[Pinning | None, In("cputune")] = Field(
        default=None, description="On which of the host's CPUs what of it may run."
    )
    numa: Annotated[NumaTune | None, At("numatune")] = Field(
        default=None,
        description="From which of the host's NUMA nodes its memory comes; cpu.numa are its own.",
    )
    hyperv: Annotated[HyperV | None, At("features/hyperv")] = Field(
        default=None, description="Enlightenments for Windows guests."
    )
    kvm: Annotated[Kvm | None, At("features/kvm")] = Field(
        default=None, description="What KVM tells its guest."
    )
    shared_memory: Annotated[list[SharedMemory], At("devices/shmem")] = Field(
        default=[], description="Memory that it shares with others (ivshmem)."
    )
    smbios: Annotated[Smbios | None, In(".")] = Field(
        default=None, description="What firmware tells it of its machine."
    )
    user_metadata: Annotated[Elements | None, Hook("metadata", name="metadata")] = Field(
        default=None, description="XML that other programs keep with it, an element of each namespace."
    )
    qemu: Annotated[Qemu | None, At("qemu:commandline")] = Field(
        default=None, description="Arguments and environment of QEMU itself, which a policy may refuse."
    )
    shares: Annotated[Int | None, At("cputune/shares")] = Field(
        default=None, description="The domain's CPU weight."
    )
    cpu_limit: Annotated[CpuLimit | None, In("cputune")] = Field(
        default=None, description="How much of the host's CPUs it may use."
    )
    memory_limits: Annotated[MemoryLimits | None, At("memtune")] = Field(
        default=None, description="How much of the host's memory and swap it may use."
    )
    io_weight: Annotated[Int | None, At("blkiotune/weight")] = Field(
        default=None, description="The weight of its I/O on the host, from 10 to 1000."
    )
    id_map: Annotated[IdMap | None, At("idmap")] = Field(
        default=None, description="Of a container: who its users are on the host."
    )
    capabilities: Annotated[RootPowers | None, Hook("features", name="capabilities")] = Field(
        default=None, description="Of a container: what its root may do."
    )
    namespaces: Annotated[Namespaces | None, At("lxc:namespace")] = Field(
        default=None, description="Of a container: what it shares with another one."
    )
    ram_filesystems: Annotated[list[RamFilesystem], At("devices/filesystem[@type=ram]")] = Field(
        default=[], description="Of a container: folders in memory."
    )

    @model_validator(mode="after")
    def _fitting(self) -> DomainSpec:
        layout, most = self.cpu.topology if self.cpu else None, self.vcpus.max or self.vcpus.count
        if layout:
            places = layout.sockets * layout.dies * layout.cores * layout.threads
            if places != most:
                raise ValueError(f"cpu.topology has {places} places for {most} vcpus; libvirt wants as many")
        secure = self.firmware is not None and self.firmware.secure_boot
        emulated = self.type in (None, "kvm", "qemu") and (self.arch or "x86_64") == "x86_64"
        if secure and emulated and not any(name in (self.machine or "") for name in _SECURE):
            raise ValueError("firmware.secureBoot needs machine: q35; on another hypervisor say its type")
        if sum(seed is not None for seed in (self.cloud_init, self.ignition, self.config_drive)) > 1:
            raise ValueError("a domain has one of cloudInit, ignition and configDrive")
        return self


class Domain(Resource):
    """A virtual machine or a container."""

    kind: Literal["Domain"] = Field(description="Domain.")
    spec: DomainSpec = Field(description="What it is.")


class DomainTemplate(Resource):
    """A part of a Domain's spec that domains share; it is nothing by itself."""

    kind: Literal["DomainTemplate"] = Field(description="DomainTemplate.")
    spec: dict[str, Any] = Field(description="Any part of a Domain's spec.")
