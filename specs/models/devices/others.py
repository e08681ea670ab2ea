"""Displays, character devices, and everything smaller."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from specs.models.base import AbsolutePath, Bool, Int, Model, PciAddress, Text, UsbId, Uuid
from specs.places import PCI, USB, At


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


class HostDevice(Model):
    """A device of the host, given to the guest: exactly one of pci, usb, mdev."""

    pci: Annotated[PciAddress | None, At("source/address", when="@type=pci", form=PCI)] = Field(
        default=None, description="A PCI device, such as 0000:03:00.0."
    )
    usb: Annotated[UsbId | None, At("source", when="@type=usb", form=USB)] = Field(
        default=None, description="A USB device by 'vendor:product', such as 046d:c52b."
    )
    mdev: Annotated[Uuid | None, At("source/address/@uuid", when="@type=mdev")] = Field(
        default=None, description="A mediated device."
    )
    mdev_model: Annotated[Literal["vfio-pci", "vfio-ccw", "vfio-ap"], At("@model", when="@type=mdev")] = (
        Field(default="vfio-pci", description="The interface of a mediated device.")
    )
    managed: Annotated[Bool, At("@managed", when="@type=pci")] = Field(
        default=True, description="Whether libvirt takes a PCI device from the host's driver."
    )

    @model_validator(mode="after")
    def _one_device(self) -> HostDevice:
        if sum(value is not None for value in (self.pci, self.usb, self.mdev)) != 1:
            raise ValueError("a host device is exactly one of pci, usb, mdev")
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


class Input(Model):
    """A keyboard, mouse or tablet."""

    type: Annotated[Literal["tablet", "mouse", "keyboard"], At("@type")] = Field(description="What it is.")
    bus: Annotated[Literal["usb", "virtio", "ps2", "xen"], At("@bus")] = Field(
        default="usb", description="How it is plugged in."
    )
