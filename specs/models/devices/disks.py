"""Disks, CD drives and file systems."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from specs.models.base import AbsolutePath, Bool, Count, Int, Model, Name, Size, Text


class VolumeReference(Model):
    """A volume by its pool."""

    pool: Name = Field(description="The storage pool.")
    name: Name = Field(description="The volume in it.")


class DiskHost(Model):
    """A server of a network disk."""

    name: Text = Field(description="Host name or address.")
    port: Int | None = Field(default=None, description="TCP port; the protocol's own by default.")


class NetworkSource(Model):
    """A disk that is reached over the network."""

    protocol: Literal["rbd", "iscsi", "nbd", "gluster", "nfs", "http", "https", "ftp", "ftps", "ssh"] = Field(
        description="The protocol."
    )
    name: Text | None = Field(default=None, description="The image, target or path on the server.")
    hosts: list[DiskHost] = Field(default=[], description="The servers.")
    user: Text | None = Field(default=None, description="Who logs in, with the secret below.")
    secret: Name | None = Field(default=None, description="The Secret that holds the password or key.")

    @model_validator(mode="after")
    def _whole_login(self) -> NetworkSource:
        if (self.user is None) != (self.secret is None):
            raise ValueError("user and secret go together")
        return self


class Disk(Model):
    """One disk or drive: exactly one of volume, file, block, network; a cdrom may be empty."""

    target: Text | None = Field(
        default=None, description="The device in the guest, such as vda; the next free one by default."
    )
    device: Literal["disk", "cdrom", "lun", "floppy"] = Field(
        default="disk", description="What it looks like."
    )
    bus: Literal["virtio", "scsi", "sata", "ide", "usb", "fdc", "xen", "sd"] | None = Field(
        default=None, description="The bus; by the target's name, else virtio (sata for a cdrom)."
    )
    volume: VolumeReference | None = Field(default=None, description="A volume of a storage pool.")
    file: AbsolutePath | None = Field(default=None, description="A file on the host.")
    block: AbsolutePath | None = Field(default=None, description="A block device of the host.")
    network: NetworkSource | None = Field(default=None, description="A disk on the network.")
    format: Text | None = Field(
        default=None, description="The image's format: raw, qcow2, …; a volume's own by default."
    )
    cache: Literal["default", "none", "writethrough", "writeback", "directsync", "unsafe"] | None = Field(
        default=None, description="How the host caches it."
    )
    io: Literal["threads", "native", "io_uring"] | None = Field(default=None, description="How I/O is done.")
    discard: Literal["ignore", "unmap"] | None = Field(
        default=None, description="Whether the guest's trim frees space."
    )
    detect_zeroes: Literal["off", "on", "unmap"] | None = Field(
        default=None, description="Whether written zeroes are noticed."
    )
    readonly: Bool = Field(default=False, description="Whether the guest may only read.")
    shareable: Bool = Field(default=False, description="Whether several guests may have it open.")
    serial: Text | None = Field(default=None, description="The serial number that the guest sees.")
    boot: Count | None = Field(default=None, description="Its place in the boot order, from 1.")
    iops: Int | None = Field(
        default=None, description="The most operations a second, read and write together."
    )
    bandwidth: Size | None = Field(default=None, description="The most bytes a second, both ways together.")

    @model_validator(mode="after")
    def _one_source(self) -> Disk:
        sources = [s for s in ("volume", "file", "block", "network") if getattr(self, s) is not None]
        if len(sources) > 1:
            raise ValueError(f"a disk has one source, not {' and '.join(sources)}")
        if not sources and self.device not in ("cdrom", "floppy"):
            raise ValueError("a disk needs a source: volume, file, block or network")
        return self


class Filesystem(Model):
    """A folder of the host in the guest, or a container's root."""

    source: AbsolutePath = Field(description="The folder on the host.")
    target: Text = Field(description="The mount tag, or the path in a container ('/' for its root).")
    driver: Literal["virtiofs", "9p", "container"] | None = Field(
        default=None, description="virtiofs (the default), 9p, or a container's bind mount."
    )
    readonly: Bool = Field(default=False, description="Whether the guest may only read.")
    accessmode: Literal["passthrough", "mapped", "squash"] | None = Field(
        default=None, description="Whose permissions hold (9p)."
    )
