"""Displays, character devices, and everything smaller."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from specs.models.base import (
    AbsolutePath,
    Bool,
    Count,
    Int,
    MemorySize,
    Model,
    Name,
    PciAddress,
    Text,
    UsbId,
    Uuid,
)
from specs.models.devices.rom import Rom, rom_of
from specs.places import ON_OFF, PCI, USB, At


class Graphics(Model):
    """A remote display."""

    type: Annotated[Literal["vnc", "spice"], At("@type")] = Field(description="The protocol.")
    port: Annotated[Int | None, At("@port")] = Field(
        default=None, description="The TCP port; chosen at each start by default."
    )
    listen: Annotated[Text | None, At("listen[@type=address]/@address")] = Field(
        default=None, description="The address it listens on; the host's default."
    )


class Video(Model):
    """A video card."""

    model: Annotated[
        Literal["virtio", "qxl", "vga", "cirrus", "bochs", "ramfb", "none", "xen"], At("@type")
    ] = Field(description="The card.")
    heads: Annotated[Int | None, At("@heads")] = Field(default=None, description="How many screens.")


class Character(Model):
    """A serial port or console: a pseudo-terminal, a file, or a TCP server."""

    type: Annotated[Literal["pty", "file", "tcp", "unix", "null"], At("@type")] = Field(
        default="pty", description="Where it leads."
    )
    path: Annotated[AbsolutePath | None, At("source/@path")] = Field(
        default=None, description="The file or socket."
    )
    host: Annotated[Text | None, At("source/@host")] = Field(
        default=None, description="The address to listen on (tcp)."
    )
    port: Annotated[Int | None, At("source/@service")] = Field(
        default=None, description="The port to listen on (tcp)."
    )
    log: Annotated[AbsolutePath | None, At("log/@file")] = Field(
        default=None, description="A file that all output is written to as well."
    )

    @model_validator(mode="after")
    def _complete(self) -> Character:
        if self.type in ("file", "unix") and not self.path:
            raise ValueError(f"type {self.type} needs a path")
        if self.type == "tcp" and not (self.host and self.port):
            raise ValueError("type tcp needs host and port")
        if self.path and self.type not in ("file", "unix"):
            raise ValueError(f"type {self.type} has no path")
        if (self.host or self.port) and self.type != "tcp":
            raise ValueError(f"type {self.type} has no host and port")
        return self


class Channel(Model):
    """A channel between host and guest, by its name in the guest."""

    name: Annotated[Text, At("target/@name")] = Field(description="Such as org.qemu.guest_agent.0.")
    path: Annotated[AbsolutePath | None, At("source[@mode=bind]/@path")] = Field(
        default=None, description="The host's socket; libvirt's own by default."
    )


class Rng(Model):
    """A source of randomness."""

    backend: Annotated[AbsolutePath, At("backend")] = Field(
        default="/dev/urandom", description="The host's source."
    )
    bytes: Annotated[Int | None, At("rate/@bytes")] = Field(
        default=None, description="The most bytes a period."
    )
    period: Annotated[Int | None, At("rate/@period")] = Field(
        default=None, description="The period, in milliseconds."
    )

    @model_validator(mode="after")
    def _whole_rate(self) -> Rng:
        if self.period is not None and self.bytes is None:
            raise ValueError("period goes with bytes")
        return self


class Watchdog(Model):
    """A watchdog card."""

    model: Annotated[Literal["i6300esb", "ib700", "diag288", "itco"], At("@model")] = Field(
        description="The card."
    )
    action: Annotated[
        Literal["reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"], At("@action")
    ] = Field(default="reset", description="What happens when it is not fed.")


class Tpm(Model):
    """A trusted platform module."""

    model: Annotated[Literal["tpm-tis", "tpm-crb", "tpm-spapr"], At("@model")] = Field(
        default="tpm-crb", description="The interface."
    )
    version: Annotated[Literal["1.2", "2.0"], At("backend/@version")] = Field(
        default="2.0", description="The emulated version."
    )


class UsbAddress(Model):
    """Where a USB device is plugged in, as lsusb tells it."""

    bus: Annotated[Count, At("@bus")] = Field(description="The bus.")
    device: Annotated[Count, At("@device")] = Field(description="The device on it.")


class HostDevice(Model):
    """A device of the host, given to the guest: one of pci, usb (or usbAddress, or both), mdev."""

    pci: Annotated[PciAddress | None, At("source/address", when="@type=pci", form=PCI)] = Field(
        default=None, description="A PCI device, such as 0000:03:00.0."
    )
    usb: Annotated[UsbId | None, At("source", when="@type=usb", form=USB)] = Field(
        default=None, description="A USB device by 'vendor:product', such as 046d:c52b."
    )
    usb_address: Annotated[UsbAddress | None, At("source/address", when="@type=usb")] = Field(
        default=None, description="A USB device by where it is plugged in; tells two of a kind apart."
    )
    startup_policy: Annotated[
        Literal["mandatory", "requisite", "optional"] | None, At("source/@startupPolicy", when="@type=usb")
    ] = Field(default=None, description="Whether the guest starts without a USB device.")
    mdev: Annotated[Uuid | None, At("source/address/@uuid", when="@type=mdev")] = Field(
        default=None, description="A mediated device."
    )
    mdev_model: Annotated[Literal["vfio-pci", "vfio-ccw", "vfio-ap"], At("@model", when="@type=mdev")] = (
        Field(default="vfio-pci", description="The interface of a mediated device.")
    )
    managed: Annotated[Bool, At("@managed", when="@type=pci")] = Field(
        default=True, description="Whether libvirt takes a PCI device from the host's driver."
    )
    boot: Annotated[Count | None, At("boot/@order")] = Field(
        default=None, description="Its place in the boot order, from 1."
    )
    rom: Annotated[Rom | None, BeforeValidator(rom_of), At("rom")] = Field(
        default=None, description="The boot ROM of a PCI device: a file, or a mapping."
    )

    @model_validator(mode="after")
    def _one_device(self) -> HostDevice:
        usb = self.usb or self.usb_address
        if sum(value is not None for value in (self.pci, usb, self.mdev)) != 1:
            raise ValueError("a host device is exactly one of pci, usb (or usbAddress), mdev")
        if self.startup_policy and not usb:
            raise ValueError("startupPolicy is of USB devices")
        if self.rom and not self.pci:
            raise ValueError("rom is of PCI devices")
        return self


class Memballoon(Model):
    """The balloon that gives memory back."""

    model: Annotated[Literal["virtio", "none", "xen"], At("@model")] = Field(
        default="virtio", description="The interface."
    )
    period: Annotated[Int | None, At("stats/@period")] = Field(
        default=None, description="Seconds between statistics."
    )


class Sound(Model):
    """A sound card."""

    model: Annotated[
        Literal["ich6", "ich7", "ich9", "ac97", "es1370", "sb16", "usb", "virtio"], At("@model")
    ] = Field(description="The card.")


class Evdev(Model):
    """A device of the host that the guest and the host take turns with (formatdomain.html#input-devices)."""

    dev: Annotated[AbsolutePath, At("@dev")] = Field(description="Such as /dev/input/by-id/…-event-kbd.")
    grab: Annotated[Literal["all"] | None, At("@grab")] = Field(
        default=None, description="all: the other devices follow this one."
    )
    grab_toggle: Annotated[
        Literal["ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"] | None,
        At("@grabToggle"),
    ] = Field(default=None, description="The keys that change whose it is.")
    repeat: Annotated[Bool | None, At("@repeat", form=ON_OFF)] = Field(
        default=None, description="Whether keys repeat."
    )


class Input(Model):
    """A keyboard, mouse or tablet; or one of the host's."""

    type: Annotated[Literal["tablet", "mouse", "keyboard", "passthrough", "evdev"], At("@type")] = Field(
        description="What it is; passthrough and evdev are devices of the host."
    )
    bus: Annotated[Literal["usb", "virtio", "ps2", "xen"] | None, At("@bus")] = Field(
        default=None, description="How it is plugged in; usb by default, virtio for passthrough."
    )
    device: Annotated[AbsolutePath | None, At("source/@evdev", when="@type=passthrough")] = Field(
        default=None, description="The host's device, such as /dev/input/event3 (passthrough)."
    )
    evdev: Annotated[Evdev | None, At("source", when="@type=evdev")] = Field(
        default=None, description="The host's device (evdev)."
    )

    @model_validator(mode="after")
    def _fitting(self) -> Input:
        if (self.device is not None) != (self.type == "passthrough"):
            raise ValueError("device goes with type: passthrough")
        if (self.evdev is not None) != (self.type == "evdev"):
            raise ValueError("evdev goes with type: evdev")
        if self.type == "evdev" and self.bus:
            raise ValueError("type evdev has no bus")
        return self


class SharedMemory(Model):
    """Memory that a guest shares with others, or with a server (ivshmem)."""

    name: Annotated[Name, At("@name")] = Field(description="What it is called on the host.")
    role: Annotated[Literal["master", "peer"] | None, At("@role")] = Field(
        default=None, description="Whether it is copied when the guest moves (master)."
    )
    size: Annotated[MemorySize | None, At("size", unit="KiB")] = Field(
        default=None, description="A power of two, from 1MiB; a server knows it."
    )
    server: Annotated[AbsolutePath | None, At("server/@path")] = Field(
        default=None, description="The socket of a server, which lets guests interrupt each other (doorbell)."
    )
    vectors: Annotated[Count | None, At("msi/@vectors")] = Field(
        default=None, description="How many interrupts, with a server."
    )

    @model_validator(mode="after")
    def _fitting(self) -> SharedMemory:
        if (self.size is None) != (self.server is not None):
            raise ValueError("shared memory has a size, or a server, which knows it")
        if self.vectors and not self.server:
            raise ValueError("vectors go with a server")
        return self
