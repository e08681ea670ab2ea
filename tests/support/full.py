"""The ticker in a guest whose memory is full, so that it takes its time to move."""

from __future__ import annotations

from reconciler.lab.ticker import DISK_BYTES, boot_sector

_PROGRAM = bytes.fromhex(
    "31c08ed88ec08ed0bc007cfcbe007cbf0006b90002f3a4ea1c060000fb88165006b487b90080be6406cd15fe06800675f0fe"
    "068306803e83060275e5be54068a165006b442cd138a165006ea007c0000008d740010000100007c00000200000000000000"
    "00000000000000000000000000000000ffff00000f930000ffff00001093"
)
"""What full.s assembles to."""


def first_sector() -> bytes:
    """The program, as the firmware of a PC boots it."""
    return _PROGRAM.ljust(510, b"\0") + b"\x55\xaa"


def full_disk_image() -> bytes:
    """A raw disk that boots it; the ticker is in its third sector, and writes to the second as ever."""
    return (first_sector() + bytes(512) + boot_sector()).ljust(DISK_BYTES, b"\0")
