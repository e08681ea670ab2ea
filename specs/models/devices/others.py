"""Displays, character devices, and everything smaller."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from specs.models.base import AbsolutePath, Bool, Int, Model, PciAddress, Text, UsbId, Uuid


class Graphics(Model):
    """A remote display."""

    type: Literal["vnc", "spice"] = Field(description="The protocol.")
    port: Int | None = Field(default=None, description="The TCP port; chosen at each start by default.")
    listen: Text | None = Field(default=None, description="The address it listens on; the host's default.")


class Video(Model):
    """A video card."""

    model: Literal["virtio", "qxl", "vga", "cirrus", "bochs", "ramfb", "none", "xen"] = Field(
        description="The card."
    )
    heads: Int | None = Field(default=None, description="How many screens.")


class Character(Model):
    """A serial port or console: a pseudo-terminal, a file, or a TCP server."""

    type: Literal["pty", "file", "tcp", "unix", "null"] = Field(default="pty", description="Where it leads.")
    path: AbsolutePath | None = Field(default=None, description="The file or socket.")
    host: Text | None = Field(default=None, description="The address to listen on (tcp).")
    port: Int | None = Field(default=None, description="The port to listen on (tcp).")
    log: AbsolutePath | None = Field(
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

    name: Text = Field(description="Such as org.qemu.guest_agent.0.")
    path: AbsolutePath | None = Field(
        default=None, description="The host's socket; libvirt's own by default."
    )


class Rng(Model):
    """A source of randomness."""

    backend: AbsolutePath = Field(default="/dev/urandom", description="The host's source.")
    bytes: Int | None = Field(default=None, description="The most bytes a period.")
    period: Int | None = Field(default=None, description="The period, in milliseconds.")

    @model_validator(mode="after")
    def _whole_rate(self) -> Rng:
        if self.period is not None and self.bytes is None:
            raise ValueError("period goes with bytes")
        return self


class Watchdog(Model):
    """A watchdog card."""

    model: Literal["i6300esb", "ib700", "diag288", "itco"] = Field(description="The card.")
    action: Literal["reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"] = Field(
        default="reset", description="What happens when it is not fed."
    )


class Tpm(Model):
    """A trusted platform module."""

    model: Literal["tpm-tis", "tpm-crb", "tpm-spapr"] = Field(default="tpm-crb", description="The interface.")
    version: Literal["1.2", "2.0"] = Field(default="2.0", description="The emulated version.")


class HostDevice(Model):
    """A device of the host, given to the guest: exactly one of pci, usb, mdev."""

    pci: PciAddress | None = Field(default=None, description="A PCI device, such as 0000:03:00.0.")
    usb: UsbId | None = Field(
        default=None, description="A USB device by 'vendor:product', such as 046d:c52b."
    )
    mdev: Uuid | None = Field(default=None, description="A mediated device.")
    mdev_model: Literal["vfio-pci", "vfio-ccw", "vfio-ap"] = Field(
        default="vfio-pci", description="The interface of a mediated device."
    )
    managed: Bool = Field(
        default=True, description="Whether libvirt takes a PCI device from the host's driver."
    )

    @model_validator(mode="after")
    def _one_device(self) -> HostDevice:
        if sum(value is not None for value in (self.pci, self.usb, self.mdev)) != 1:
            raise ValueError("a host device is exactly one of pci, usb, mdev")
        return self


class Memballoon(Model):
    """The balloon that gives memory back."""

    model: Literal["virtio", "none", "xen"] = Field(default="virtio", description="The interface.")
    period: Int | None = Field(default=None, description="Seconds between statistics.")


class Sound(Model):
    """A sound card."""

    model: Literal["ich6", "ich7", "ich9", "ac97", "es1370", "sb16", "usb", "virtio"] = Field(
        description="The card."
    )


class Input(Model):
    """A keyboard, mouse or tablet."""

    type: Literal["tablet", "mouse", "keyboard"] = Field(description="What it is.")
    bus: Literal["usb", "virtio", "ps2", "xen"] = Field(default="usb", description="How it is plugged in.")
