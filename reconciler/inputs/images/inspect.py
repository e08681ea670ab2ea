"""What a file's bytes are, whatever it is called or declared as (the magic numbers of QEMU's block drivers).

An image that names another file (a backing file, a parent, an external data file, an extent) is refused: a
host would open whatever file of its own that name tells. What cannot be looked into that far is
refused as a kind.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from reconciler.inputs.images.errors import ImageError
from reconciler.inputs.images.limits import FORMATS

_SECTOR = 512
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

# docs/interop/qcow2.txt
_DIRTY, _CORRUPT, _DATA_FILE, _COMPRESSION, _EXTENDED_L2 = (1 << bit for bit in range(5))
_KNOWN_FEATURES = _DIRTY | _COMPRESSION | _EXTENDED_L2
_DATA_FILE_NAME = 0x44415441

_VMDK_DESCRIPTOR = 64 * 1024
_VMDK_MOST = 1024 * 1024
_VMDK_KINDS = frozenset({b"monolithicsparse", b"streamoptimized"})
_GD_AT_END = 0xFFFFFFFFFFFFFFFF

# MS-VHDX, 2.2.3 and 2.6; GUIDs as they lie in the file
_VHDX_METADATA = bytes.fromhex("06a27c8b90479a4bb8fe575f050f886e")
_VHDX_PARAMETERS = bytes.fromhex("3767a1ca36fa434db3b633f0aa44e76b")
_VHDX_SIZE = bytes.fromhex("2442a52f1bcd7648b2115dbed83bf4b8")
_VHDX_PARENT = bytes.fromhex("2d5fd3a80bb34d45abf7d3d84834ab0c")


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
    if declared in _LOOKS.keys() | {"raw"} and found != declared:
        raise ImageError(_mismatch(file, found, declared, what))
    if declared not in formats or declared not in _LOOKS.keys() | {"raw"}:
        taken = ", ".join(sorted(set(formats) & (_LOOKS.keys() | {"raw"})))
        raise ImageError(
            f"{what} is declared {declared}, which is not taken: such an image may lead to other files of the"
            f" host. Taken are {taken}; qemu-img convert makes one of them"
        )
    return Image(found, _LOOKS[found](file, size, what) if found in _LOOKS else size)


class _NamesOthers(ImageError):
    """The image leads to another file."""


def _require_alone(file: BinaryIO, found: str, size: int, what: str) -> None:
    if found in _NAMING:
        try:
            _NAMING[found](file, size, what)
        except _NamesOthers:
            raise
        except ImageError:
            return  # as an image it is damaged, and leads nowhere


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


def _qcow2(file: BinaryIO, size: int, what: str) -> int:
    """The header, and what follows it, as QEMU and libvirt read them."""
    header = _read(file, 0, 104)
    if len(header) < 72:
        raise _damaged(what, "qcow2")
    version, backing = struct.unpack_from(">IQ", header, 4)
    if version not in (2, 3):
        raise ImageError(f"{what} is qcow2 of version {version}; versions 2 and 3 are known")
    if backing:
        raise _refused(what, "a backing file", "qemu-img convert makes one image of both")
    cluster_bits, virtual = struct.unpack_from(">IQ", header, 20)
    crypt, l1_entries, l1_at, refcounts_at = struct.unpack_from(">IIQQ", header, 32)
    length, features = 72, 0
    if version == 3:
        if len(header) < 104:
            raise _damaged(what, "qcow2")
        features = struct.unpack_from(">Q", header, 72)[0]
        length = struct.unpack_from(">I", header, 100)[0]
    if features & _DATA_FILE or _DATA_FILE_NAME in _qcow2_extensions(file, length):
        raise _refused(what, "an external data file", "qemu-img convert makes one image of both")
    if features & ~_KNOWN_FEATURES:
        raise ImageError(
            f"{what} says that it is corrupt: qemu-img check -r all mends it"
            if features & _CORRUPT
            else f"{what} has features of qcow2 that are not known here ({features:#x}): qemu-img convert -O"
            " qcow2 makes an image without them"
        )
    aligned = not (l1_at | refcounts_at) % (1 << min(cluster_bits, 21))
    if (
        not 9 <= cluster_bits <= 21
        or not aligned
        or l1_at + 8 * l1_entries > size
        or refcounts_at > size
        or length > 1 << cluster_bits
        or crypt > 2  # none, AES, LUKS
        or l1_entries << (2 * cluster_bits - 3 - bool(features & _EXTENDED_L2)) < virtual
    ):
        raise _damaged(what, "qcow2")
    return int(virtual)


def _qcow2_extensions(file: BinaryIO, at: int) -> Iterator[int]:
    """The types of the header's extensions, up to the one that ends them."""
    for _ in range(64):
        head = _read(file, at, 8)
        if len(head) < 8:
            return
        kind, length = struct.unpack(">II", head)
        if not kind:
            return
        yield kind
        at += 8 + -(-length // 8) * 8


def _qcow(file: BinaryIO, _size: int, what: str) -> int:
    """Version 1, as raw bytes: without a backing file."""
    header = _read(file, 0, 16)
    if len(header) == 16 and struct.unpack_from(">Q", header, 8)[0]:
        raise _refused(what, "a backing file", "qemu-img convert makes one image of both")
    return 0


def _qed(file: BinaryIO, _size: int, what: str) -> int:
    """docs/interop/qed_spec.txt, as raw bytes: without a backing file."""
    header = _read(file, 0, 24)
    if len(header) == 24 and struct.unpack_from("<Q", header, 16)[0] & 1:
        raise _refused(what, "a backing file", "qemu-img convert makes one image of both")
    return 0


def _vmdk(file: BinaryIO, size: int, what: str) -> int:
    """One sparse extent with the description of it in itself (vmdk_open_vmdk4 of QEMU's block/vmdk.c)."""
    start = _read(file, 0, _VMDK_DESCRIPTOR)
    if len(start) < 79 or not start.startswith(b"KDMV"):
        raise _refused(what, "other files for its data", "qemu-img convert makes one image of them")
    headers = [start[:_SECTOR]]
    if struct.unpack_from("<Q", start, 56)[0] == _GD_AT_END:
        headers.append(_read(file, max(size - 2 * _SECTOR, 0), _SECTOR))
    sectors = int(struct.unpack_from("<Q", start, 12)[0])
    for header in headers:
        if len(header) < 79 or not header.startswith(b"KDMV"):
            raise _damaged(what, "vmdk")
        capacity, _grain, at, length = struct.unpack_from("<QQQQ", header, 12)
        if capacity != sectors or at * _SECTOR > size or length * _SECTOR > _VMDK_MOST:
            raise _damaged(what, "vmdk")
        described = _read(file, at * _SECTOR, max(length, 20) * _SECTOR) if at else b""
        if not sectors or not _describes_itself(described) or b"parentfilenamehint" in start.lower():
            raise _refused(what, "another file", "qemu-img convert makes one image of both")
    return sectors * _SECTOR


def _describes_itself(text: bytes) -> bool:
    """Whether the description in a VMDK is of one sparse extent without a parent; none at all is that too."""
    text = text.partition(b"\0")[0].lower()
    if not text.strip():
        return True
    kind = re.search(rb'^\s*createtype\s*=\s*"?([^"\r\n]*)', text, re.MULTILINE)
    parent = re.search(rb"^\s*parentcid\s*=\s*([0-9a-f]*)", text, re.MULTILINE)
    extents = re.findall(rb"^\s*(?:rw|rdonly|noaccess)\s+\d+\s+(\w+)", text, re.MULTILINE)
    return (
        b"parentfilenamehint" not in text
        and kind is not None
        and kind[1].strip() in _VMDK_KINDS
        and (parent is None or parent[1] == b"ffffffff")
        and extents in ([], [b"sparse"])
    )


def _vdi(file: BinaryIO, _size: int, what: str) -> int:
    header = _read(file, 0, 0x1B8 + 16)
    if len(header) < 0x1B8 + 16:
        raise _damaged(what, "vdi")
    if struct.unpack_from("<I", header, 0x4C)[0] not in (1, 2):  # dynamic, fixed
        raise _refused(what, "a parent image", "qemu-img convert or VBoxManage clonemedium makes it whole")
    if any(header[0x1A8:0x1B8]) and any(header[0x1B8:]):  # the link to a parent, and that parent
        raise _refused(what, "a parent image", "qemu-img convert or VBoxManage clonemedium makes it whole")
    return int(struct.unpack_from("<Q", header, 0x170)[0])


def _vpc(file: BinaryIO, size: int, what: str) -> int:
    footers = [_read(file, size - _SECTOR, _SECTOR)] if size >= _SECTOR else []
    if _read(file, 0, 8) == b"conectix":
        footers.insert(0, _read(file, 0, _SECTOR))
    footers = [footer for footer in footers if footer.startswith(b"conectix") and len(footer) == _SECTOR]
    if not footers:
        raise _damaged(what, "vpc")
    for footer in footers:
        if struct.unpack_from(">I", footer, 60)[0] not in (2, 3):  # fixed, dynamic; 4 is a differencing disk
            raise _refused(what, "a parent image", "merge it into one first")
    return int(struct.unpack_from(">Q", footers[0], 48)[0])


def _vhdx(file: BinaryIO, size: int, what: str) -> int:
    """Region table, metadata table, and in that whether there is a parent (vhdx_open of QEMU's
    block/vhdx.c)."""
    items: dict[bytes, bytes] = {}
    for table in (192 * 1024, 256 * 1024):
        regions = _vhdx_entries(_read(file, table, 64 * 1024), b"regi", count_at=8, first=16)
        place = next((entry for entry in regions if entry[:16] == _VHDX_METADATA), b"")
        if len(place) < 32:
            continue
        at = struct.unpack_from("<Q", place, 16)[0]
        if at > size:
            raise _damaged(what, "vhdx")
        for entry in _vhdx_entries(_read(file, at, 64 * 1024), b"metadata", count_at=10, first=32):
            offset = struct.unpack_from("<I", entry, 16)[0]
            items.setdefault(entry[:16], _read(file, at + offset, 8))
            if entry[:16] == _VHDX_PARENT or (
                entry[:16] == _VHDX_PARAMETERS and _read(file, at + offset, 8)[4:5] not in (b"\0", b"\1")
            ):
                raise _refused(what, "a parent image", "merge it into one first")
    if len(items.get(_VHDX_PARAMETERS, b"")) < 8 or len(items.get(_VHDX_SIZE, b"")) < 8:
        raise _damaged(what, "vhdx")
    return int(struct.unpack("<Q", items[_VHDX_SIZE])[0])


def _vhdx_entries(table: bytes, signature: bytes, *, count_at: int, first: int) -> Iterator[bytes]:
    """The entries of a region or metadata table, which are 32 bytes each; at most 2047 by the format."""
    if not table.startswith(signature) or len(table) < first:
        return
    form = "<I" if count_at == 8 else "<H"
    for number in range(min(struct.unpack_from(form, table, count_at)[0], 2047)):
        entry = table[first + 32 * number : first + 32 * (number + 1)]
        if len(entry) == 32:
            yield entry


_Look = Callable[[BinaryIO, int, str], int]
_LOOKS: Mapping[str, _Look] = {"qcow2": _qcow2, "vmdk": _vmdk, "vdi": _vdi, "vpc": _vpc, "vhdx": _vhdx}
_NAMING: Mapping[str, _Look] = {**_LOOKS, "qcow": _qcow, "qed": _qed}
"""The formats that can name other files, and how that is seen; as raw bytes they must not either."""


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    try:
        file.seek(at)
        return file.read(length)
    except (OverflowError, ValueError):  # a place that no file can have
        return b""


def _damaged(what: str, form: str) -> ImageError:
    return ImageError(f"{what} is {form} that is cut short or damaged: get it again")


def _refused(what: str, names: str, remedy: str) -> ImageError:
    return _NamesOthers(
        f"{what} names {names}, which is refused: a host would open a file of its own by that name; {remedy}"
    )
