"""Where a drive is plugged in, and what it is called in a document: SCSI 0:2 is sdc, IDE 1:0 is hdc."""

from __future__ import annotations

from string import ascii_lowercase

from drivers.base.errors import Refused

_PER_CONTROLLER = {"scsi": 64, "ide": 2}
_CONTROLLERS = {"scsi": 4, "ide": 2}
_PREFIXES = {"scsi": "sd", "ide": "hd"}


def target_of(type_: str, number: int, location: int) -> tuple[str, str]:
    """The target and the bus of a drive. Raises Refused for a controller that no document has a word for."""
    bus = type_.lower()
    if bus not in _PREFIXES:
        raise Refused(f"it has a disk on a controller of type {type_}, of which nothing is known here")
    return _PREFIXES[bus] + _letters(number * _PER_CONTROLLER[bus] + location), bus


def place_of(target: str, bus: str) -> tuple[str, int, int] | None:
    """The type, number and location of the controller's place that a target means; None where there is none
    (https://learn.microsoft.com/windows-server/virtualization/hyper-v/plan/plan-hyper-v-scalability-in-windows-server:
    four SCSI controllers of 64 disks; two IDE controllers of two)."""
    prefix = _PREFIXES.get(bus)
    letters = target.removeprefix(prefix or "?")
    if prefix is None or letters == target or not letters or set(letters) - set(ascii_lowercase):
        return None
    number, location = divmod(_index(letters), _PER_CONTROLLER[bus])
    return (bus.upper(), number, location) if number < _CONTROLLERS[bus] else None


def _letters(index: int) -> str:
    head, last = divmod(index, 26)
    return (_letters(head - 1) if head else "") + ascii_lowercase[last]


def _index(letters: str) -> int:
    index = -1
    for letter in letters:
        index = (index + 1) * 26 + ascii_lowercase.index(letter)
    return index


def spelled_mac(bare: str) -> str | None:
    """'00155D010203' as '00:15:5d:01:02:03'; None for one that is yet to be given."""
    if not bare.strip("0"):
        return None
    return ":".join(bare[begin : begin + 2] for begin in range(0, len(bare), 2)).lower()


def bare_mac(mac: str) -> str:
    """The other way round."""
    return mac.replace(":", "").upper()


def folder_and_name(path: str) -> tuple[str, str]:
    """A path of Windows' in two."""
    folder, _, name = path.replace("/", "\\").rpartition("\\")
    return folder, name


def same_path(one: str, other: str) -> bool:
    """Whether two paths are one: Windows tells no case apart."""
    return one.replace("/", "\\").rstrip("\\").lower() == other.replace("/", "\\").rstrip("\\").lower()
