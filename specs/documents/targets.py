"""The names of disks: which begin how on which bus, in their order."""

from __future__ import annotations

from collections.abc import Iterator

TARGET_PREFIXES = {"virtio": "vd", "scsi": "sd", "sata": "sd", "usb": "sd", "ide": "hd", "fdc": "fd",
                   "xen": "xvd", "sd": "sd"}  # fmt: skip
TARGET_BUSES = {"vd": "virtio", "hd": "ide", "xvd": "xen", "fd": "fdc"}


def target_names(prefix: str) -> Iterator[str]:
    """The targets of a bus, in order: vda, vdb, …"""
    letters = "abcdefghijklmnopqrstuvwxyz"
    yield from (prefix + letter for letter in letters)
    yield from (prefix + first + second for first in letters for second in letters)
