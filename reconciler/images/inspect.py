"""What a file's bytes are, whatever it is called or declared as (the magic numbers of QEMU's block drivers).

An image that names another file (a backing file, a parent, an external data file) is refused: a host would
open whatever file of its own that name tells.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reconciler.images.errors import ImageError, told_by_path

_SECTOR = 512
_DATA_FILE = 1 << 2  # qcow2.txt: incompatible feature bit 2, external data file
_VMDK_DESCRIPTOR = 64 * 1024
_AT_THE_START = (
    (b"QFI\xfb", "qcow2"),
    (b"KDMV", "vmdk"),
    (b"COWD", "vmdk"),
    (b"# Disk DescriptorFile", "vmdk"),
    (b"vhdxfile", "vhdx"),
    (b"conectix", "vpc"),
    (b"QED\0", "qed"),
)
_ARCHIVES = ((b"BZh", "bzip2"), (b"PK\x03\x04", "zip"), (b"7z\xbc\xaf\x27\x1c", "7z"))


@dataclass(frozen=True, slots=True)
class Image:
    """A file's format, and the bytes that a guest will see in it."""

    format: str
    virtual_size: int


def inspect(path: Path, declared: str, *, exact: bool, what: str) -> Image:
    """The image in a file, which must be of the declared format; ImageError when it is not, or when it is
    refused. `exact` raw is taken as it is."""
    with told_by_path(path, "read"), path.open("rb") as file:
        size = file.seek(0, 2)
        if declared == "raw" and exact:
            return Image("raw", size)
        found = _format(file, size)
        if found != declared:
            raise ImageError(_mismatch(file, found, declared, what))
        looks = {"qcow2": _qcow2, "vmdk": _vmdk, "vdi": _vdi, "vpc": _vpc}
        return Image(found, looks[found](file, size, what) if found in looks else size)


def _format(file: BinaryIO, size: int) -> str:
    start = _read(file, 0, 68)
    for magic, name in _AT_THE_START:
        if start.startswith(magic):
            return "qcow" if start[:8] == b"QFI\xfb\0\0\0\1" else name
    if start[64:68] == b"\x7f\x10\xda\xbe":
        return "vdi"
    # A fixed VHD is raw data with a footer.
    return "vpc" if size >= _SECTOR and _read(file, size - _SECTOR, 8) == b"conectix" else "raw"


def _mismatch(file: BinaryIO, found: str, declared: str, what: str) -> str:
    archive = next((name for magic, name in _ARCHIVES if _read(file, 0, 8).startswith(magic)), "")
    if declared == "raw":
        return (
            f"{what} is declared raw and looks like {found}: declare format: {found} for the volume, or"
            " source.format: raw to take the bytes as they are"
        )
    if archive:
        return f"{what} is declared {declared} and is a {archive} archive: unpack it first"
    return f"{what} is declared {declared} and is {found}: declare format: {found}, or correct the source"


def _qcow2(file: BinaryIO, _size: int, what: str) -> int:
    """docs/interop/qcow2.txt: the header."""
    header = _read(file, 0, 104)
    if len(header) < 72:
        raise _damaged(what, "qcow2")
    version, backing = struct.unpack_from(">IQ", header, 4)
    if version not in (2, 3):
        raise ImageError(f"{what} is qcow2 of version {version}; versions 2 and 3 are known")
    if backing:
        raise _refused(what, "a backing file", "qemu-img convert makes one image of both")
    if version == 3:
        if len(header) < 80:
            raise _damaged(what, "qcow2")
        if struct.unpack_from(">Q", header, 72)[0] & _DATA_FILE:
            raise _refused(what, "an external data file", "qemu-img convert makes one image of both")
    return int(struct.unpack_from(">Q", header, 24)[0])


def _vmdk(file: BinaryIO, _size: int, what: str) -> int:
    start = _read(file, 0, _VMDK_DESCRIPTOR)
    if len(start) < 20 or not start.startswith(b"KDMV"):
        raise _refused(what, "other files for its data", "qemu-img convert makes one image of them")
    sectors = int(struct.unpack_from("<Q", start, 12)[0])
    if not sectors or b"parentFileNameHint" in start:
        raise _refused(what, "another file", "qemu-img convert makes one image of both")
    return sectors * _SECTOR


def _vdi(file: BinaryIO, _size: int, what: str) -> int:
    header = _read(file, 0, 0x178)
    if len(header) < 0x178:
        raise _damaged(what, "vdi")
    if struct.unpack_from("<I", header, 0x4C)[0] not in (1, 2):  # dynamic, fixed
        raise _refused(what, "a parent image", "qemu-img convert or VBoxManage clonemedium makes it whole")
    return int(struct.unpack_from("<Q", header, 0x170)[0])


def _vpc(file: BinaryIO, size: int, what: str) -> int:
    footer = _read(file, 0 if _read(file, 0, 8) == b"conectix" else size - _SECTOR, _SECTOR)
    if len(footer) < _SECTOR:
        raise _damaged(what, "vpc")
    if struct.unpack_from(">I", footer, 60)[0] == 4:  # a differencing disk
        raise _refused(what, "a parent image", "merge it into one first")
    return int(struct.unpack_from(">Q", footer, 48)[0])


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)


def _damaged(what: str, form: str) -> ImageError:
    return ImageError(f"{what} is {form} that is cut short: get it again")


def _refused(what: str, names: str, remedy: str) -> ImageError:
    return ImageError(
        f"{what} names {names}, which is refused: a host would open a file of its own by that name; {remedy}"
    )
