"""Disks, CD drives and file systems."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from specs.models.base import AbsolutePath, Bool, Count, Int, Model, Name, Size, Text, matching
from specs.models.encryption import Encryption
from specs.places import At, Flag, Form

FILESYSTEM_DRIVER = Form(
    lambda driver: driver if driver == "virtiofs" else None,
    {"virtiofs": "virtiofs", "path": "9p"}.get,
    absent="9p",
)
"""Only virtiofs is written: 9p and a container's bind mount are what it is without."""


BYTES = Form(str, lambda text: f"{int(text)}B")
"""A number of bytes without a unit in the document."""

Wwn = Annotated[Text, AfterValidator(matching(r"[0-9a-fA-F]{16}", "world-wide name: 16 hexadecimal digits"))]


class VolumeReference(Model):
    """A volume by its pool."""

    pool: Annotated[Name, At("@pool")] = Field(description="The storage pool.")
    name: Annotated[Name, At("@volume")] = Field(description="The volume in it.")


class DiskHost(Model):
    """A server of a network disk."""

    name: Annotated[Text, At("@name")] = Field(description="Host name or address.")
    port: Annotated[Int | None, At("@port")] = Field(
        default=None, description="TCP port; the protocol's own by default."
    )


class NetworkSource(Model):
    """A disk that is reached over the network."""

    protocol: Annotated[
        Literal["rbd", "iscsi", "nbd", "gluster", "nfs", "http", "https", "ftp", "ftps", "ssh"],
        At("@protocol"),
    ] = Field(description="The protocol.")
    name: Annotated[Text | None, At("@name")] = Field(
        default=None, description="The image, target or path on the server."
    )
    hosts: Annotated[list[DiskHost], At("host")] = Field(default=[], description="The servers.")
    user: Annotated[Text | None, At("auth/@username")] = Field(
        default=None, description="Who logs in, with the secret below."
    )
    secret: Annotated[Name | None, At("auth/secret/@usage")] = Field(
        default=None, description="The Secret that holds the password or key."
    )

    @model_validator(mode="after")
    def _whole_login(self) -> NetworkSource:
        if (self.user is None) != (self.secret is None):
            raise ValueError("user and secret go together")
        return self


class Disk(Model):
    """One disk or drive: exactly one of volume, file, block, network; a cdrom may be empty."""

    target: Annotated[Text | None, At("target/@dev")] = Field(
        default=None,
        description="The device in the guest, such as vda; by default the next free one, which it keeps.",
    )
    device: Annotated[Literal["disk", "cdrom", "lun", "floppy"], At("@device")] = Field(
        default="disk", description="What it looks like."
    )
    bus: Annotated[
        Literal["virtio", "scsi", "sata", "ide", "usb", "fdc", "xen", "sd"] | None, At("target/@bus")
    ] = Field(default=None, description="The bus; by the target's name, else virtio (sata for a cdrom).")
    volume: Annotated[VolumeReference | None, At("source", when="@type=volume")] = Field(
        default=None, description="A volume of a storage pool."
    )
    file: Annotated[AbsolutePath | None, At("source/@file", when="@type=file")] = Field(
        default=None, description="A file on the host."
    )
    block: Annotated[AbsolutePath | None, At("source/@dev", when="@type=block")] = Field(
        default=None, description="A block device of the host."
    )
    network: Annotated[NetworkSource | None, At("source", when="@type=network")] = Field(
        default=None, description="A disk on the network."
    )
    encryption: Annotated[Encryption | None, At("source/encryption[@format=luks]")] = Field(
        default=None, description="How it is encrypted; that of a volume that the tree declares by default."
    )
    format: Annotated[Text | None, At("driver/@type")] = Field(
        default=None, description="The image's format: raw, qcow2, …; a volume's own by default."
    )
    cache: Annotated[
        Literal["default", "none", "writethrough", "writeback", "directsync", "unsafe"] | None,
        At("driver/@cache"),
    ] = Field(default=None, description="How the host caches it.")
    io: Annotated[Literal["threads", "native", "io_uring"] | None, At("driver/@io")] = Field(
        default=None, description="How I/O is done."
    )
    discard: Annotated[Literal["ignore", "unmap"] | None, At("driver/@discard")] = Field(
        default=None, description="Whether the guest's trim frees space."
    )
    detect_zeroes: Annotated[Literal["off", "on", "unmap"] | None, At("driver/@detect_zeroes")] = Field(
        default=None, description="Whether written zeroes are noticed."
    )
    readonly: Annotated[Bool, Flag("readonly")] = Field(
        default=False, description="Whether the guest may only read."
    )
    shareable: Annotated[Bool, Flag("shareable")] = Field(
        default=False, description="Whether several guests may have it open."
    )
    serial: Annotated[Text | None, At("serial")] = Field(
        default=None, description="The serial number that the guest sees."
    )
    wwn: Annotated[Wwn | None, At("wwn")] = Field(
        default=None, description="The world-wide name that the guest sees (scsi, sata)."
    )
    iothread: Annotated[Count | None, At("driver/@iothread")] = Field(
        default=None, description="The number of the I/O thread that serves it (virtio), from 1."
    )
    queues: Annotated[Count | None, At("driver/@queues")] = Field(
        default=None, description="Queues of a virtio disk."
    )
    error_policy: Annotated[
        Literal["stop", "report", "ignore", "enospace"] | None, At("driver/@error_policy")
    ] = Field(
        default=None, description="What happens when it cannot be written; or read, unless that is said."
    )
    read_error_policy: Annotated[Literal["stop", "report", "ignore"] | None, At("driver/@rerror_policy")] = (
        Field(default=None, description="What happens when it cannot be read.")
    )
    startup_policy: Annotated[
        Literal["mandatory", "requisite", "optional"] | None, At("source/@startupPolicy")
    ] = Field(default=None, description="Whether the guest starts without its file.")
    boot: Annotated[Count | None, At("boot/@order")] = Field(
        default=None, description="Its place in the boot order, from 1."
    )
    iops: Annotated[Int | None, At("iotune/total_iops_sec")] = Field(
        default=None, description="The most operations a second, read and write together."
    )
    read_iops: Annotated[Int | None, At("iotune/read_iops_sec")] = Field(
        default=None, description="The most reads a second."
    )
    write_iops: Annotated[Int | None, At("iotune/write_iops_sec")] = Field(
        default=None, description="The most writes a second."
    )
    bandwidth: Annotated[Size | None, At("iotune/total_bytes_sec", form=BYTES)] = Field(
        default=None, description="The most bytes a second, both ways together."
    )
    read_bandwidth: Annotated[Size | None, At("iotune/read_bytes_sec", form=BYTES)] = Field(
        default=None, description="The most bytes read a second."
    )
    write_bandwidth: Annotated[Size | None, At("iotune/write_bytes_sec", form=BYTES)] = Field(
        default=None, description="The most bytes written a second."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Disk:
        sources = [s for s in ("volume", "file", "block", "network") if getattr(self, s) is not None]
        if len(sources) > 1:
            raise ValueError(f"a disk has one source, not {' and '.join(sources)}")
        if not sources and self.device not in ("cdrom", "floppy"):
            raise ValueError("a disk needs a source: volume, file, block or network")
        return self

    @model_validator(mode="after")
    def _one_limit(self) -> Disk:
        for name in ("iops", "bandwidth"):
            parts = [f"{way}_{name}" for way in ("read", "write") if getattr(self, f"{way}_{name}")]
            if getattr(self, name) and parts:
                raise ValueError(f"{name} is of both ways together, and goes with no limit of one way")
        return self


class Filesystem(Model):
    """A folder of the host in the guest, or a container's root."""

    source: Annotated[AbsolutePath, At("source/@dir")] = Field(description="The folder on the host.")
    target: Annotated[Text, At("target/@dir")] = Field(
        description="The mount tag, or the path in a container ('/' for its root)."
    )
    driver: Annotated[
        Literal["virtiofs", "9p", "container"] | None, At("driver/@type", form=FILESYSTEM_DRIVER)
    ] = Field(default=None, description="virtiofs (the default), 9p, or a container's bind mount.")
    readonly: Annotated[Bool, Flag("readonly")] = Field(
        default=False, description="Whether the guest may only read."
    )
    accessmode: Annotated[Literal["passthrough", "mapped", "squash"] | None, At("@accessmode")] = Field(
        default=None, description="Whose permissions hold (9p)."
    )
