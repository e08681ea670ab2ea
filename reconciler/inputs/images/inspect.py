"""What a file's bytes are, whatever it is called or declared as (the magic numbers of QEMU's block drivers).

An image that names another file (a backing file, a parent, an external data file, an extent) is refused: a
host would open whatever file of its own that name tells. What cannot be looked into that far is
refused as a kind.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

from reconciler.inputs.images.errors import ImageError
from reconciler.inputs.images.formats import LOOKS, NAMING
from reconciler.inputs.images.formats.base import SECTOR, NamesOthers, read
from reconciler.inputs.images.limits import FORMATS

_AT_THE_START = (
    (b"QFI\xfb", "qcow2"),
    (b"KDMV", "vmdk"),
    (b"COWD", "vmdk"),
    (b"# Disk DescriptorFile", "vmdk"),
    (b"vhdxfile", "vhdx"),
    (b"conectix", "vpc"),
    (b"QED\0", "qed"),
    (b"OOOM\0\0\0\2", "cow"),
    (b"WithoutFreeSpace", "parallels"),
    (b"WithouFreSpacExt", "parallels"),
    (b"Bochs Virtual HD Image", "bochs"),
    (b"#!/bin/sh\n#V2.0 Format\n", "cloop"),
)
_ARCHIVES = ((b"BZh", "bzip2"), (b"PK\x03\x04", "zip"), (b"7z\xbc\xaf\x27\x1c", "7z"))


@dataclass(frozen=True, slots=True)
class Image:
    """A file's format, and the bytes that a guest will see in it."""

    format: str
    virtual_size: int


def inspect(
    file: BinaryIO, declared: str, *, exact: bool, what: str, formats: Collection[str] = FORMATS
) -> Image:
    """The image in a file, which must be of the declared format; ImageError when it is not, or when it is
    refused. `exact` raw is taken as it is, for the guest will see just these bytes; but a host that looks
    into its volumes follows what names other files even so."""
    size = file.seek(0, 2)
    found = _format(file, size)
    if declared == "raw" and exact:
        _require_alone(file, found, size, what)
        return Image("raw", size)
    if declared in LOOKS.keys() | {"raw"} and found != declared:
        raise ImageError(_mismatch(file, found, declared, what))
    if declared not in formats or declared not in LOOKS.keys() | {"raw"}:
        taken = ", ".join(sorted(set(formats) & (LOOKS.keys() | {"raw"})))
        raise ImageError(
            f"{what} is declared {declared}, which is not taken: such an image may lead to other files of the"
            f" host. Taken are {taken}; qemu-img convert makes one of them"
        )
    return Image(found, LOOKS[found](file, size, what) if found in LOOKS else size)


def _require_alone(file: BinaryIO, found: str, size: int, what: str) -> None:
    if found in NAMING:
        try:
            NAMING[found](file, size, what)
        except NamesOthers:
            raise
        except ImageError:
            return  # as an image it is damaged, and leads nowhere


def _format(file: BinaryIO, size: int) -> str:
    start = read(file, 0, 68)
    for magic, name in _AT_THE_START:
        if start.startswith(magic):
            return "qcow" if start[:8] == b"QFI\xfb\0\0\0\1" else name
    if start[64:68] == b"\x7f\x10\xda\xbe":
        return "vdi"
    # A fixed VHD is raw data with a footer.
    return "vpc" if size >= SECTOR and read(file, size - SECTOR, 8) == b"conectix" else "raw"


def _mismatch(file: BinaryIO, found: str, declared: str, what: str) -> str:
    archive = next((name for magic, name in _ARCHIVES if read(file, 0, 8).startswith(magic)), "")
    if declared == "raw":
        return (
            f"{what} is declared raw and looks like {found}: declare format: {found} for the volume, or"
            " source.format: raw to take the bytes as they are"
        )
    if archive:
        return f"{what} is declared {declared} and is a {archive} archive: unpack it first"
    return f"{what} is declared {declared} and is {found}: declare format: {found}, or correct the source"
