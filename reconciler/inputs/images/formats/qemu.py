"""QEMU's own formats: qcow2, and qcow and QED as raw bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from reconciler.inputs.images.errors import ImageError
from reconciler.inputs.images.formats.base import damaged, read, refused

# docs/interop/qcow2.txt
_DIRTY, _CORRUPT, _DATA_FILE, _COMPRESSION, _EXTENDED_L2 = (1 << bit for bit in range(5))
_KNOWN_FEATURES = _DIRTY | _COMPRESSION | _EXTENDED_L2
_DATA_FILE_NAME = 0x44415441


def look_at_qcow2(file: BinaryIO, size: int, what: str) -> int:
    """The header, and what follows it, as QEMU and libvirt read them."""
    header = read(file, 0, 104)
    if len(header) < 72:
        raise damaged(what, "qcow2")
    version, backing = struct.unpack_from(">IQ", header, 4)
    if version not in (2, 3):
        raise ImageError(f"{what} is qcow2 of version {version}; versions 2 and 3 are known")
    if backing:
        raise refused(what, "a backing file", "qemu-img convert makes one image of both")
    cluster_bits, virtual = struct.unpack_from(">IQ", header, 20)
    crypt, l1_entries, l1_at, refcounts_at = struct.unpack_from(">IIQQ", header, 32)
    length, features = 72, 0
    if version == 3:
        if len(header) < 104:
            raise damaged(what, "qcow2")
        features = struct.unpack_from(">Q", header, 72)[0]
        length = struct.unpack_from(">I", header, 100)[0]
    if features & _DATA_FILE or _DATA_FILE_NAME in _extensions(file, length):
        raise refused(what, "an external data file", "qemu-img convert makes one image of both")
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
        raise damaged(what, "qcow2")
    return int(virtual)


def _extensions(file: BinaryIO, at: int) -> Iterator[int]:
    """The types of the header's extensions, up to the one that ends them."""
    for _ in range(64):
        head = read(file, at, 8)
        if len(head) < 8:
            return
        kind, length = struct.unpack(">II", head)
        if not kind:
            return
        yield kind
        at += 8 + -(-length // 8) * 8


def look_at_qcow(file: BinaryIO, _size: int, what: str) -> int:
    """Version 1, as raw bytes: without a backing file."""
    header = read(file, 0, 16)
    if len(header) == 16 and struct.unpack_from(">Q", header, 8)[0]:
        raise refused(what, "a backing file", "qemu-img convert makes one image of both")
    return 0


def look_at_qed(file: BinaryIO, _size: int, what: str) -> int:
    """docs/interop/qed_spec.txt, as raw bytes: without a backing file."""
    header = read(file, 0, 24)
    if len(header) == 24 and struct.unpack_from("<Q", header, 16)[0] & 1:
        raise refused(what, "a backing file", "qemu-img convert makes one image of both")
    return 0
