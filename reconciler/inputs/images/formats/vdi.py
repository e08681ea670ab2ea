"""VirtualBox's format."""

from __future__ import annotations

import struct
from typing import BinaryIO

from reconciler.inputs.images.formats.base import damaged, read, refused


def look_at_vdi(file: BinaryIO, _size: int, what: str) -> int:
    """The header, and whether it links to a parent."""
    header = read(file, 0, 0x1B8 + 16)
    if len(header) < 0x1B8 + 16:
        raise damaged(what, "vdi")
    if struct.unpack_from("<I", header, 0x4C)[0] not in (1, 2):  # dynamic, fixed
        raise refused(what, "a parent image", "qemu-img convert or VBoxManage clonemedium makes it whole")
    if any(header[0x1A8:0x1B8]) and any(header[0x1B8:]):  # the link to a parent, and that parent
        raise refused(what, "a parent image", "qemu-img convert or VBoxManage clonemedium makes it whole")
    return int(struct.unpack_from("<Q", header, 0x170)[0])
