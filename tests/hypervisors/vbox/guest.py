"""A guest that is one sector. It writes the alphabet to its first serial port, a letter every half second,
and begins again behind the z, so that it tells whether it goes on or began anew. It turns itself off when its
power button is pressed. In VirtualBox's interpreter a whole system would take minutes to start."""

from __future__ import annotations

BOOT_SECTOR = (
    bytes.fromhex(
        "fa 31c0 8ed8 8ed0 bc007c fb"  # no interrupts; segments and stack; interrupts
        "b161"  # begin with an a
        "8b1e6c04 83c309"  # next: nine ticks of the BIOS's clock from now
        "f4"  # wait: until something happens
        "ba0040 ed f6c401 7517"  # was the button pressed? PM1 status, bit 8 (ACPI, at 0x4000 here): go to off
        "391e6c04 72f0"  # not yet time: go to wait
        "baf803 88c8 ee"  # the letter to the serial port
        "fec1 80f97b 75dc"  # the next letter; go to next
        "b161 ebd8"  # behind the z an a; go to next
        "ba0440 b80034 ef f4 ebfd"  # off: sleep state 5 into PM1 control, and wait for it
    ).ljust(510, b"\0")
    + b"\x55\xaa"
)

FLOPPY = BOOT_SECTOR.ljust(1440 << 10, b"\0")
