"""Microsoft's older format, VHD, which QEMU calls vpc."""

from __future__ import annotations

import struct
from typing import BinaryIO

from reconciler.inputs.images.formats.base import SECTOR, damaged, read, refused


def look_at_vpc(file: BinaryIO, size: int, what: str) -> int:
    """The footer, of which a dynamic disk has a copy in front."""
    footers = [read(file, size - SECTOR, SECTOR)] if size >= SECTOR else []
    if read(file, 0, 8) == b"conectix":
        footers.insert(0, read(file, 0, SECTOR))
    footers = [footer for footer in footers if footer.startswith(b"conectix") and len(footer) == SECTOR]
    if not footers:
        raise damaged(what, "vpc")
    for footer in footers:
        if struct.unpack_from(">I", footer, 60)[0] not in (2, 3):  # fixed, dynamic; 4 is a differencing disk
            raise refused(what, "a parent image", "merge it into one first")
    return int(struct.unpack_from(">Q", footers[0], 48)[0])
