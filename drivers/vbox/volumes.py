"""Volumes of a VirtualBox host: the files in a pool's folder, with the sizes that their headers tell."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from drivers.base.errors import DriverError
from drivers.base.observation import Observation
from drivers.native.holdings import NativeVolume, holding_document
from drivers.vbox import words
from drivers.vbox.manage import VBoxManage
from specs.identity import Kind

_HEAD = 512
_LIST = f"""
cd "$1" || exit 1
if [ -n "$2" ]; then set -- "./$2"; else set -- ./*; fi
listed=$#
for each; do [ -f "$each" ] && set -- "$@" "$each"; done
shift "$listed"
[ $# = 0 ] && exit 0
stat -c '%s %b %n' -- "$@" && echo && head -q -c {_HEAD} -- "$@"
"""

FORMATS = {form: name for name, form in words.FORMATS.items()}
"""Formats that VirtualBox makes, in a document's words; raw files are made without it."""


def listed(
    manage: VBoxManage, folders: Mapping[str, str], only: str = ""
) -> tuple[list[Observation], dict[str, str]]:
    """The volumes of pools, and the pools that cannot be looked through, with the reason."""
    found: list[Observation] = []
    failures: dict[str, str] = {}
    for pool, folder in folders.items():
        try:
            said = manage.shell(_LIST, folder, *([only] if only else []), changes=False)
            found.extend(_observed(pool, folder, said))
        except DriverError as error:
            failures[pool] = str(error)
    return found, failures


def _observed(pool: str, folder: str, said: bytes) -> Iterator[Observation]:
    for name, size, blocks, head in _entries(said):
        form, capacity = format_of(head, size)
        volume = NativeVolume(
            name=name,
            identifier=f"{folder.rstrip('/')}/{name}",
            capacity=capacity,
            allocation=blocks * 512,
            path=f"{folder.rstrip('/')}/{name}",
            format=form,
        )
        yield Observation(Kind.VOLUME, f"{pool}/{name}", holding_document(volume))


def _entries(said: bytes) -> Iterator[tuple[str, int, int, bytes]]:
    """Name, size, blocks and first bytes of each file: `head` gives as many as there are."""
    lines, _, heads = said.partition(b"\n\n")
    for line in lines.splitlines():
        size, blocks, name = line.split(b" ", 2)
        length = min(int(size), _HEAD)
        head, heads = heads[:length], heads[length:]
        yield name.removeprefix(b"./").decode(errors="surrogateescape"), int(size), int(blocks), head


def format_of(head: bytes, size: int) -> tuple[str, int]:
    """Format and capacity of an image by its first bytes: VDI (VDICore.h), sparse VMDK, VHD with a copy of
    its footer in front, QCOW2; all else is as raw as it is long."""
    head = head.ljust(_HEAD, b"\0")
    if head[64:68] == b"\x7f\x10\xda\xbe":
        return "vdi", int(struct.unpack_from("<Q", head, 368)[0])
    if head[:4] == b"KDMV":
        return "vmdk", int(struct.unpack_from("<Q", head, 12)[0]) * 512
    if head[:8] == b"conectix":
        return "vpc", int(struct.unpack_from(">Q", head, 48)[0])
    if head[:4] == b"QFI\xfb":
        return "qcow2", int(struct.unpack_from(">Q", head, 24)[0])
    return "raw", size
