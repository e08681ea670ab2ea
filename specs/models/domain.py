"""Domain: a virtual machine or a container."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from specs.models.base import AbsolutePath, Bool, Count, Int, Model, Name, Resource, Size, Text, Uuid, as_list
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
    Sound,
    Tpm,
    Video,
    Watchdog,
)
from specs.models.migration import MigrationSpec
from specs.models.placement import PlacementSpec
from specs.models.policy import Restart, StopSpec, WindowSpec
from specs.models.readiness import ReadySpec, short_ready
from specs.models.seeds import CloudInit, ConfigDrive, Ignition


class Memory(Model):
    """Memory of a domain."""

    size: Size = Field(description="What the guest has.")
    max: Size | None = Field(default=None, description="What it can be given while it runs; size by default.")
    hugepages: Bool = Field(default=False, description="Whether it is backed by huge pages.")

    @model_validator(mode="after")
    def _within(self) -> Memory:
        if self.size < 1024:
            raise ValueError("memory of less than 1 KiB; write a unit, such as 512MiB")
        if self.max is not None and self.max < self.size:
            raise ValueError("max is less than size")
        return self


class Vcpus(Model):
    """Virtual CPUs of a domain."""

    count: Count = Field(description="How many are plugged in.")
    max: Count | None = Field(default=None, description="How many can be; count by default.")

    @model_validator(mode="after")
    def _within(self) -> Vcpus:
        if self.max is not None and self.max < self.count:
            raise ValueError("max is less than count")
        return self


class Topology(Model):
    """How virtual CPUs are laid out."""

    sockets: Count = Field(description="Sockets.")
    dies: Count = Field(default=1, description="Dies a socket.")
    cores: Count = Field(description="Cores a die.")
    threads: Count = Field(default=1, description="Threads a core.")


class Cpu(Model):
    """The CPU that the guest sees."""

    mode: Literal["host-model", "host-passthrough", "maximum", "custom"] | None = Field(
        default=None, description="Where it comes from; custom when a model is given."
    )
    model: Text | None = Field(default=None, description="A named model, such as Skylake-Client.")
    topology: Topology | None = Field(default=None, description="Sockets, cores and threads.")
    features: dict[Text, Literal["force", "require", "optional", "disable", "forbid"]] = Field(
        default={}, description="Single features and their policy."
    )


class Firmware(Model):
    """Firmware of a domain."""

    type: Literal["bios", "uefi"] = Field(description="bios or uefi.")
    secure_boot: Bool = Field(default=False, description="Whether only signed code boots (uefi).")
    loader: AbsolutePath | None = Field(
        default=None, description="The firmware image; chosen by libvirt by default."
    )
    nvram: AbsolutePath | None = Field(default=None, description="The file of the guest's UEFI variables.")
    nvram_template: AbsolutePath | None = Field(default=None, description="What that file is made from.")

    @model_validator(mode="after")
    def _fitting(self) -> Firmware:
        if self.type == "bios" and (self.secure_boot or self.loader or self.nvram or self.nvram_template):
            raise ValueError("type bios stands alone; the other fields go with type: uefi")
        return self


class Timer(Model):
    """One of the guest's timers."""

    name: Literal["platform", "hpet", "kvmclock", "pit", "rtc", "tsc", "hypervclock", "armvtimer"] = Field(
        description="The timer."
    )
    present: Bool | None = Field(default=None, description="Whether the guest has it.")
    tickpolicy: Literal["delay", "catchup", "merge", "discard"] | None = Field(
        default=None, description="What happens to missed ticks."
    )


class Clock(Model):
    """The guest's real-time clock."""

    offset: Literal["utc", "localtime", "timezone", "variable"] = Field(
        default="utc", description="What it is set to at the start."
    )
    timezone: Text | None = Field(default=None, description="The zone, for offset: timezone.")
    adjustment: Annotated[int, Field(strict=True)] | None = Field(
        default=None, description="Seconds off the basis, for offset: variable."
    )
    basis: Literal["utc", "localtime"] | None = Field(default=None, description="For offset: variable.")
    timers: list[Timer] = Field(default=[], description="The guest's timers.")

    @model_validator(mode="after")
    def _fitting(self) -> Clock:
        if (self.timezone is not None) != (self.offset == "timezone"):
            raise ValueError("timezone goes with offset: timezone")
        if (self.adjustment is not None or self.basis) and self.offset != "variable":
            raise ValueError("adjustment and basis go with offset: variable")
        return self


class Kernel(Model):
    """Direct kernel boot."""

    image: AbsolutePath = Field(description="The kernel, on the host.")
    initrd: AbsolutePath | None = Field(default=None, description="The initial RAM disk, on the host.")
    cmdline: Text | None = Field(default=None, description="The kernel's command line.")


class Init(Model):
    """What a container runs."""

    path: AbsolutePath = Field(description="The first program, in the container.")
    args: list[Text] = Field(default=[], description="Its arguments.")
    env: dict[Text, Text] = Field(default={}, description="Its environment.")


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


class DomainSpec(Model):
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
    type: (
        Literal["kvm", "qemu", "lxc", "xen", "test", "bhyve", "vz", "hvf", "vmware", "hyperv", "vbox"] | None
    ) = Field(default=None, description="The virtualization; the best that the host offers by default.")
    os_type: Literal["hvm", "exe", "linux", "xen", "xenpvh"] | None = Field(
        default=None, description="Full virtualization (hvm), container (exe), paravirtualization."
    )
    uuid: Uuid | None = Field(default=None, description="Its UUID; derived from fleet and name by default.")
    title: Text | None = Field(default=None, description="A short title.")
    description: Text | None = Field(default=None, description="A longer description.")
    arch: Text | None = Field(default=None, description="The architecture; the host's by default.")
    machine: Text | None = Field(default=None, description="The machine type, such as q35.")
    emulator: AbsolutePath | None = Field(default=None, description="The program that runs it.")
    firmware: Annotated[Firmware | None, BeforeValidator(_firmware)] = Field(
        default=None, description="bios or uefi, or a mapping."
    )
    kernel: Annotated[Kernel | None, BeforeValidator(_kernel)] = Field(
        default=None, description="Direct kernel boot: a path, or a mapping."
    )
    init: Annotated[Init | None, BeforeValidator(_init)] = Field(
        default=None, description="What a container runs: a path, or a mapping."
    )
    boot: Annotated[list[Literal["hd", "cdrom", "network", "fd"]], BeforeValidator(as_list)] = Field(
        default=[],
        description="Kinds of device to boot from, in order; a disk's or NIC's own boot stands in its place.",
    )
    memory: Annotated[Memory, BeforeValidator(_memory)] = Field(description="A size, or a mapping.")
    vcpus: Annotated[Vcpus, BeforeValidator(_vcpus)] = Field(
        default=Vcpus(count=1), description="A number, or a mapping."
    )
    cpu: Annotated[Cpu | None, BeforeValidator(_cpu)] = Field(
        default=None, description="A mode, or a mapping."
    )
    clock: Annotated[Clock | None, BeforeValidator(lambda v: {"offset": v} if isinstance(v, str) else v)] = (
        Field(default=None, description="An offset, or a mapping.")
    )
    on_poweroff: Literal["destroy", "restart", "preserve", "rename-restart"] | None = Field(
        default=None, description="What happens when the guest powers off."
    )
    on_reboot: Literal["destroy", "restart", "preserve", "rename-restart"] | None = Field(
        default=None, description="What happens when the guest reboots."
    )
    on_crash: (
        Literal["destroy", "restart", "preserve", "rename-restart", "coredump-destroy", "coredump-restart"]
        | None
    ) = Field(default=None, description="What happens when the guest crashes.")
    disks: list[Disk] = Field(default=[], description="Disks and drives.")
    filesystems: list[Filesystem] = Field(default=[], description="Shared folders; a container's root.")
    interfaces: list[Interface] = Field(default=[], description="Network interfaces.")
    graphics: Annotated[list[Graphics], _named("type")] = Field(default=[], description="Remote displays.")
    video: Annotated[Video | None, BeforeValidator(_model)] = Field(
        default=None, description="The video card."
    )
    serial: Annotated[list[Character], _named("type")] = Field(
        default=[], description="Serial ports; one that is the console, by default, on QEMU."
    )
    console: Annotated[list[Character], _named("type")] = Field(
        default=[],
        description="Consoles; the first is the first serial port where there is one, others are virtio.",
    )
    channels: Annotated[list[Channel], _named("name")] = Field(
        default=[], description="Channels to the guest."
    )
    agent: Bool = Field(default=False, description="Whether there is a channel for the QEMU guest agent.")
    rng: Annotated[Rng | None, BeforeValidator(lambda v: {"backend": v} if isinstance(v, str) else v)] = (
        Field(default=None, description="A source of randomness: the host's device, or a mapping.")
    )
    watchdog: Annotated[Watchdog | None, BeforeValidator(_model)] = Field(
        default=None, description="A watchdog."
    )
    tpm: Tpm | None = Field(default=None, description="An emulated TPM.")
    host_devices: list[HostDevice] = Field(default=[], description="Devices of the host.")
    memballoon: Annotated[Memballoon | None, BeforeValidator(_model)] = Field(
        default=None, description="The balloon."
    )
    sound: Annotated[Sound | None, BeforeValidator(_model)] = Field(default=None, description="A sound card.")
    input: Annotated[list[Input], _named("type")] = Field(default=[], description="Keyboards, mice, tablets.")
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
        default=None, description="Whether a change that cannot be made live may restart the guest."
    )
    windows: list[WindowSpec] = Field(default=[], description="When it may, for restart: window.")
    stop: StopSpec | None = Field(default=None, description="How the guest is stopped.")
    protect: Bool = Field(default=False, description="Whether it is never removed by prune or destroy.")
    xml: Text | None = Field(
        default=None, description="libvirt XML, <domain>…</domain>, that is merged in by the same identities."
    )
    xml_file: Text | None = Field(
        default=None, description="A libvirt XML file of the tree, relative to this file, to start from."
    )
    shares: Int | None = Field(default=None, description="The domain's CPU weight.")

    @model_validator(mode="after")
    def _fitting(self) -> DomainSpec:
        layout, most = self.cpu.topology if self.cpu else None, self.vcpus.max or self.vcpus.count
        if layout:
            places = layout.sockets * layout.dies * layout.cores * layout.threads
            if places != most:
                raise ValueError(f"cpu.topology has {places} places for {most} vcpus; libvirt wants as many")
        secure = self.firmware is not None and self.firmware.secure_boot
        if secure and (self.arch or "x86_64") == "x86_64" and "q35" not in (self.machine or ""):
            raise ValueError("firmware.secureBoot needs machine: q35")
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
