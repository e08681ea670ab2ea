"""Microsoft's newer format."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from reconciler.inputs.images.formats.base import damaged, read, refused

# MS-VHDX, 2.2.3 and 2.6; GUIDs as they lie in the file
_METADATA = bytes.fromhex("06a27c8b90479a4bb8fe575f050f886e")
_PARAMETERS = bytes.fromhex("3767a1ca36fa434db3b633f0aa44e76b")
_SIZE = bytes.fromhex("2442a52f1bcd7648b2115dbed83bf4b8")
_PARENT = bytes.fromhex("2d5fd3a80bb34d45abf7d3d84834ab0c")


def look_at_vhdx(file: BinaryIO, size: int, what: str) -> int:
    """Region table, metadata table, and in that whether there is a parent (vhdx_open of QEMU's
    block/vhdx.c)."""
    items: dict[bytes, bytes] = {}
    for table in (192 * 1024, 256 * 1024):
        regions = _entries(read(file, table, 64 * 1024), b"regi", count_at=8, first=16)
        place = next((entry for entry in regions if entry[:16] == _METADATA), b"")
        if len(place) < 32:
            continue
        at = struct.unpack_from("<Q", place, 16)[0]
        if at > size:
            raise damaged(what, "vhdx")
        for entry in _entries(read(file, at, 64 * 1024), b"metadata", count_at=10, first=32):
            offset = struct.unpack_from("<I", entry, 16)[0]
            items.setdefault(entry[:16], read(file, at + offset, 8))
            if entry[:16] == _PARENT or (
                entry[:16] == _PARAMETERS and read(file, at + offset, 8)[4:5] not in (b"\0", b"\1")
            ):
                raise refused(what, "a parent image", "merge it into one first")
    if len(items.get(_PARAMETERS, b"")) < 8 or len(items.get(_SIZE, b"")) < 8:
        raise damaged(what, "vhdx")
    return int(struct.unpack("<Q", items[_SIZE])[0])


def _entries(table: bytes, signature: bytes, *, count_at: int, first: int) -> Iterator[bytes]:
    """The entries of a region or metadata table, which are 32 bytes each; at most 2047 by the format."""
    if not table.startswith(signature) or len(table) < first:
        return
    form = "<I" if count_at == 8 else "<H"
    for number in range(min(struct.unpack_from(form, table, count_at)[0], 2047)):
        entry = table[first + 32 * number : first + 32 * (number + 1)]
        if len(entry) == 32:
            yield entry
