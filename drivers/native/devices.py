"""The devices of a machine, one frozen dataclass each, with the place of every field in libvirt's document.

`key` is what tells a device from its like: where it has none (''), its position does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from drivers.native.codec import LOWER
from specs.places import ON_OFF, At, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveAddress:
    """Where a drive is plugged in: the controller of its bus, and the place on it."""

    controller: Annotated[int | None, At("@controller")] = None
    bus: Annotated[int | None, At("@bus")] = None
    target: Annotated[int | None, At("@target")] = None
    unit: Annotated[int | None, At("@unit")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A disk, CD or floppy drive. What is in it is a `file` (type file), a device of the host (`block`), or a
    `volume` of a `pool`; nothing for an empty drive."""

    type: Annotated[str, At("@type")] = "file"
    device: Annotated[str, At("@device")] = "disk"
    format: Annotated[str | None, At("driver/@type")] = None
    cache: Annotated[str | None, At("driver/@cache")] = None
    discard: Annotated[str | None, At("driver/@discard")] = None
    file: Annotated[str | None, At("source/@file")] = None
    block: Annotated[str | None, At("source/@dev")] = None
    pool: Annotated[str | None, At("source/@pool")] = None
    volume: Annotated[str | None, At("source/@volume")] = None
    startup: Annotated[str | None, At("source/@startupPolicy")] = None
    target: Annotated[str | None, At("target/@dev")] = None
    bus: Annotated[str | None, At("target/@bus")] = None
    rotation_rate: Annotated[int | None, At("target/@rotation_rate")] = None
    readonly: Annotated[bool, Flag("readonly")] = False
    shareable: Annotated[bool, Flag("shareable")] = False
    transient: Annotated[bool, Flag("transient")] = False
    iops: Annotated[int | None, At("iotune/total_iops_sec")] = None
    bandwidth: Annotated[int | None, At("iotune/total_bytes_sec")] = None
    serial: Annotated[str | None, At("serial")] = None
    wwn: Annotated[str | None, At("wwn")] = None
    boot: Annotated[int | None, At("boot/@order")] = None
    address: Annotated[DriveAddress | None, At("address[@type=drive]")] = None

    @property
    def key(self) -> str:
        """Its target: the name that it has in the document."""
        return self.target or ""

    @property
    def source(self) -> str:
        """What is in it, in one word; '' for nothing."""
        if self.pool and self.volume:
            return f"{self.pool}/{self.volume}"
        return self.file or self.block or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceController:
    """What drives are plugged into, by type ('scsi', 'sata', 'ide', …) and number."""

    type: Annotated[str | None, At("@type")] = None
    index: Annotated[int | None, At("@index")] = None
    model: Annotated[str | None, At("@model")] = None
    ports: Annotated[int | None, At("@ports")] = None

    @property
    def key(self) -> str:
        """'scsi0'."""
        return f"{self.type}{'' if self.index is None else self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VlanTag:
    """One VLAN."""

    id: Annotated[int | None, At("@id")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nic:
    """A network card, on a `network`, a `bridge` (a switch or port group of the host), a device of the host
    (`dev`, in a `mode`), a port of a distributed `switch` (type vds), or behind the host's own address (type
    user)."""

    type: Annotated[str, At("@type")] = "network"
    mac: Annotated[str | None, At("mac/@address", form=LOWER)] = None
    mac_type: Annotated[str | None, At("mac/@type")] = None
    mac_check: Annotated[str | None, At("mac/@check")] = None
    network: Annotated[str | None, At("source/@network")] = None
    portgroup: Annotated[str | None, At("source/@portgroup")] = None
    bridge: Annotated[str | None, At("source/@bridge")] = None
    internal: Annotated[str | None, At("source/@name")] = None
    dev: Annotated[str | None, At("source/@dev")] = None
    mode: Annotated[str | None, At("source/@mode")] = None
    switch: Annotated[str | None, At("source/@switchid", form=LOWER)] = None
    switch_port: Annotated[int | None, At("source/@portid")] = None
    switch_group: Annotated[str | None, At("source/@portgroupid")] = None
    switch_connection: Annotated[int | None, At("source/@connectionid")] = None
    target: Annotated[str | None, At("target/@dev")] = None
    model: Annotated[str | None, At("model/@type")] = None
    link: Annotated[str | None, At("link/@state")] = None
    mtu: Annotated[int | None, At("mtu/@size")] = None
    trunk: Annotated[bool | None, At("vlan/@trunk")] = None
    vlans: Annotated[tuple[VlanTag, ...], At("vlan/tag")] = ()
    boot: Annotated[int | None, At("boot/@order")] = None

    @property
    def key(self) -> str:
        """Its MAC address."""
        return self.mac or ""

    @property
    def connected(self) -> bool:
        """Whether its cable is plugged in; a document that does not say means that it is."""
        return self.link != "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialPort:
    """A serial port (or, in `Machine.parallels`, a parallel one) and where it leads."""

    type: Annotated[str, At("@type")] = "pty"
    path: Annotated[str | None, At("source/@path")] = None
    host: Annotated[str | None, At("source/@host")] = None
    service: Annotated[str | None, At("source/@service")] = None
    mode: Annotated[str | None, At("source/@mode")] = None
    append: Annotated[bool | None, At("source/@append", form=ON_OFF)] = None
    protocol: Annotated[str | None, At("protocol/@type")] = None
    target: Annotated[str | None, At("target/@type")] = None
    port: Annotated[int | None, At("target/@port")] = None

    @property
    def key(self) -> str:
        """Its number, from 0."""
        return "" if self.port is None else str(self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """A remote display. A `password` is never read back: it is written where the files say one."""

    type: Annotated[str, At("@type")] = "vnc"
    port: Annotated[int | None, At("@port")] = None
    autoport: Annotated[bool | None, At("@autoport")] = None
    websocket: Annotated[int | None, At("@websocket")] = None
    keymap: Annotated[str | None, At("@keymap")] = None
    listen: Annotated[str | None, At("@listen")] = None
    listen_type: Annotated[str | None, At("listen/@type")] = None
    address: Annotated[str | None, At("listen/@address")] = None
    password: Annotated[str | None, At("@passwd")] = None

    @property
    def key(self) -> str:
        """Its protocol."""
        return self.type or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCard:
    """A video card; its memory in KiB."""

    type: Annotated[str | None, At("model/@type")] = None
    vram: Annotated[int | None, At("model/@vram")] = None
    heads: Annotated[int | None, At("model/@heads")] = None
    primary: Annotated[bool | None, At("model/@primary")] = None
    accelerate_3d: Annotated[bool | None, At("model/acceleration/@accel3d")] = None
    accelerate_2d: Annotated[bool | None, At("model/acceleration/@accel2d")] = None
    key = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundCard:
    """A sound card."""

    model: Annotated[str | None, At("@model")] = None
    key = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedChip:
    """A TPM: its model, and what stands behind it."""

    model: Annotated[str | None, At("@model")] = None
    backend: Annotated[str | None, At("backend/@type")] = None
    version: Annotated[str | None, At("backend/@version")] = None
    key = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDevice:
    """A keyboard, mouse or tablet."""

    type: Annotated[str | None, At("@type")] = None
    bus: Annotated[str | None, At("@bus")] = None

    @property
    def key(self) -> str:
        """Its type and bus."""
        return f"{self.type} {self.bus}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFolder:
    """A folder of the host that the guest sees under a name (`target`)."""

    type: Annotated[str, At("@type")] = "mount"
    source: Annotated[str | None, At("source/@dir")] = None
    target: Annotated[str | None, At("target/@dir")] = None
    driver: Annotated[str | None, At("driver/@type")] = None
    accessmode: Annotated[str | None, At("@accessmode")] = None
    readonly: Annotated[bool, Flag("readonly")] = False

    @property
    def key(self) -> str:
        """The name that the guest sees."""
        return self.target or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balloon:
    """The memory balloon."""

    model: Annotated[str | None, At("@model")] = None
    key = ""
