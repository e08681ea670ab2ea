"""VMware's format."""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

from reconciler.inputs.images.formats.base import SECTOR, damaged, read, refused

_DESCRIPTOR = 64 * 1024
_MOST = 1024 * 1024
_KINDS = frozenset({b"monolithicsparse", b"streamoptimized"})
_DIRECTORY_AT_END = 0xFFFFFFFFFFFFFFFF


def look_at_vmdk(file: BinaryIO, size: int, what: str) -> int:
    """One sparse extent with the description of it in itself (vmdk_open_vmdk4 of QEMU's block/vmdk.c)."""
    start = read(file, 0, _DESCRIPTOR)
    if len(start) < 79 or not start.startswith(b"KDMV"):
        raise refused(what, "other files for its data", "qemu-img convert makes one image of them")
    headers = [start[:SECTOR]]
    if struct.unpack_from("<Q", start, 56)[0] == _DIRECTORY_AT_END:
        headers.append(read(file, max(size - 2 * SECTOR, 0), SECTOR))
    sectors = int(struct.unpack_from("<Q", start, 12)[0])
    for header in headers:
        if len(header) < 79 or not header.startswith(b"KDMV"):
            raise damaged(what, "vmdk")
        capacity, _grain, at, length = struct.unpack_from("<QQQQ", header, 12)
        if capacity != sectors or at * SECTOR > size or length * SECTOR > _MOST:
            raise damaged(what, "vmdk")
        described = read(file, at * SECTOR, max(length, 20) * SECTOR) if at else b""
        if not sectors or not _describes_itself(described) or b"parentfilenamehint" in start.lower():
            raise refused(what, "another file", "qemu-img convert makes one image of both")
    return sectors * SECTOR


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
        and kind[1].strip() in _KINDS
        and (parent is None or parent[1] == b"ffffffff")
        and extents in ([], [b"sparse"])
    )
