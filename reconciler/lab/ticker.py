"""A guest that needs nothing but a disk of a megabyte: it counts on its console and on its disk."""

from __future__ import annotations

READY = "ticker is ready"
TICK = "tick "
DISK_BYTES = 1 << 20

_PROGRAM = bytes.fromhex(
    "31c08ed88ec08ed0bc007c8816837cfbfcbe847ce85a0066ff067f7cbf008057be967cb90500f3a466a17f7c66bb0a000000"
    "31c96631d266f7f380c23052416685c075f058aae2fc66b80d0a000066ab5ee81d00be9c7c8a16837cb80043cd138b1e6c04"
    "f4a16c0429d883f80272f5eba6ac84c07408b40131d2cd14ebf3c300000000007469636b65722069732072656164790d0a00"
    "7469636b2090100001000080000001"
)
"""What ticker.s assembles to."""


def boot_sector() -> bytes:
    """The program, as the firmware of a PC boots it."""
    return _PROGRAM.ljust(510, b"\0") + b"\x55\xaa"


def disk_image() -> bytes:
    """A raw disk that boots it; its second sector will hold the last line that it wrote."""
    return boot_sector().ljust(DISK_BYTES, b"\0")
