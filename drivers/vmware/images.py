"""What the begin of a disk image tells of it: its format, and its capacity.

Virtual Disk Format 5.0 (VMware, 2011): a hosted sparse extent begins with KDMV and its capacity in sectors; a
descriptor is a text that lists extents.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SECTOR = 512
_QCOW2 = b"QFI\xfb"
_SPARSE = b"KDMV"
_DESCRIPTOR = b"# Disk DescriptorFile"
_EXTENT = re.compile(rb'^(?:RW|RDONLY|NOACCESS)\s+(\d+)\s+(\w+)(?:\s+"([^"]*)")?', re.MULTILINE)
_PART = re.compile(r".*-(?:[sf]\d{3}|flat|delta|ctk|rdmp?)\.vmdk")

_BLOCK = 64 << 10

HEAD = 4096
"""Bytes that are looked at."""


@dataclass(frozen=True, slots=True)
class ImageHead:
    """A disk image: 'vmdk', 'raw' or 'qcow2', what its guest sees in bytes, and its extents' files."""

    format: str
    capacity: int
    extents: tuple[str, ...] = ()


def is_part(name: str) -> bool:
    """Whether a file is but a part of another image."""
    return _PART.fullmatch(name) is not None


def head_of(head: bytes, size: int) -> ImageHead:
    """What the first bytes of a file of that size are the begin of."""
    if head.startswith(_SPARSE) and len(head) >= 20:
        return ImageHead("vmdk", struct.unpack_from("<Q", head, 12)[0] * SECTOR)
    if head.startswith(_DESCRIPTOR):
        found = _EXTENT.findall(head)
        names = tuple(name.decode(errors="replace") for _, _, name in found if name)
        return ImageHead("vmdk", sum(int(sectors) for sectors, _, _ in found) * SECTOR, names)
    if head.startswith(_QCOW2) and len(head) >= 32:  # nothing that VMware opens: whoever looks, sees it
        return ImageHead("qcow2", struct.unpack_from(">Q", head, 24)[0])
    return ImageHead("raw", size)


def with_holes(pieces: Iterable[bytes]) -> Iterator[bytes | int]:
    """The bytes of a file, long runs of zeros as holes."""
    for piece in pieces:
        for begin in range(0, len(piece), _BLOCK):
            block = piece[begin : begin + _BLOCK]
            yield block if any(block) else len(block)
