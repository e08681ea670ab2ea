"""Where drives are plugged in: buses, their places in a .vmx file, and the targets that libvirt gives."""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.native import Drive


@dataclass(frozen=True, slots=True)
class Bus:
    """A bus of drives: its controllers, the units of each, and how targets are counted over these."""

    name: str
    prefix: str
    controllers: int
    units: int
    counted: int

    def target(self, controller: int, unit: int) -> str:
        """libvirt's name for a place (virIndexToDiskName in virVMXParseDisk)."""
        if self.name == "nvme":
            return f"nvme{controller}n{unit + 1}"
        beyond = self.name == "scsi" and unit > _SCSI_ITSELF
        return self.prefix + letters(controller * self.counted + unit - (1 if beyond else 0))

    def place(self, target: str) -> tuple[int, int] | None:
        """The place that a target means (virVMXSCSIDiskNameToControllerAndUnit and its like); None for none
        of this bus."""
        if self.name == "nvme":
            found = re.fullmatch(r"nvme(\d+)n(\d+)", target)
            return (int(found[1]), int(found[2]) - 1) if found else None
        if not target.startswith(self.prefix):
            return None
        index = index_of(target[len(self.prefix) :])
        if index is None or index >= self.controllers * self.counted:
            return None
        controller, unit = divmod(index, self.counted)
        return controller, unit + (1 if self.name == "scsi" and unit >= _SCSI_ITSELF else 0)


_SCSI_ITSELF = 7
"""The unit that a SCSI controller has itself."""

BUSES = {
    "scsi": Bus("scsi", "sd", 4, 65, 15),
    "sata": Bus("sata", "sd", 4, 30, 30),
    "ide": Bus("ide", "hd", 2, 2, 2),
    "nvme": Bus("nvme", "nvme", 4, 15, 15),
    "fdc": Bus("fdc", "fd", 1, 2, 2),
}
"""In the order in which libvirt lists their drives."""


def prefix_of(drive: Drive) -> str | None:
    """'scsi0:1' or 'floppy0': the begin of a drive's keys; None where its target is no place."""
    bus = BUSES.get(drive.bus or "")
    place = _placed(drive, bus) if bus else None
    if bus is None or place is None:
        return None
    controller, unit = place
    return f"floppy{unit}" if bus.name == "fdc" else f"{bus.name}{controller}:{unit}"


def _placed(drive: Drive, bus: Bus) -> tuple[int, int] | None:
    """By its address where it says one, else by its target."""
    address = drive.address
    if address is None or address.unit is None:
        return bus.place(drive.target or "")
    controller = (address.bus if bus.name == "ide" else address.controller) or 0
    within = controller < bus.controllers and address.unit < bus.units
    return (controller, address.unit) if within else None


def letters(index: int) -> str:
    """0 is 'a', 25 'z', 26 'aa' (virIndexToDiskName)."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def index_of(text: str) -> int | None:
    """The other way round (virDiskNameToIndex)."""
    if not re.fullmatch(r"[a-z]{1,3}", text):
        return None
    index = 0
    for letter in text:
        index = index * 26 + ord(letter) - ord("a") + 1
    return index - 1
