"""From a difference's path to what a hypervisor is asked to set."""

from __future__ import annotations

import re

from drivers.base.tunables import (
    BlkioTune,
    CpuParameter,
    CpuPin,
    CpuTune,
    DiskTune,
    MemoryLimit,
    MemoryTune,
    Tunable,
)
from specs.units import parse_size

_PIN = re.compile(r"cputune/(?:vcpupin\[(?P<vcpu>\d+)\]|emulatorpin(?:\[[^]]*\])?)(?:/@cpuset)?")
_DISK = re.compile(r"devices/disk\[(?P<target>[^]]+)\]/iotune/(?P<parameter>\w+)")
_KIB = 1024


def tunable(path: str, value: str) -> Tunable | None:
    """The tunable that stands at that path of a domain's document, with the value as it stands there; None
    when there is none, or the value is none of it."""
    if pin := _PIN.fullmatch(path):
        return CpuPin(int(pin["vcpu"]) if pin["vcpu"] else None, value) if value.strip() else None
    group, _, name = path.partition("/")
    if group == "memtune" and name in frozenset(MemoryLimit):
        return _memory(MemoryLimit(name), value)
    if not re.fullmatch(r"-?\d+", value.strip()):
        return None
    if group == "cputune" and name in frozenset(CpuParameter):
        return CpuTune(CpuParameter(name), int(value))
    if path == "blkiotune/weight":
        return BlkioTune(int(value))
    disk = _DISK.fullmatch(path)
    return DiskTune(disk["target"], disk["parameter"], int(value)) if disk else None


def _memory(limit: MemoryLimit, value: str) -> MemoryTune | None:
    """A number without a unit is KiB, as in the document."""
    try:
        return MemoryTune(limit, parse_size(f"{value} KiB" if value.strip().isdigit() else value) // _KIB)
    except ValueError:
        return None
