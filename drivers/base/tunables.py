"""Single values of a running domain that may change without a restart: typed, each in its own unit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CpuParameter(StrEnum):
    """What is set of a domain's share of the processors; periods and quotas are in microseconds."""

    SHARES = "shares"
    PERIOD = "period"
    QUOTA = "quota"
    GLOBAL_PERIOD = "global_period"
    GLOBAL_QUOTA = "global_quota"
    EMULATOR_PERIOD = "emulator_period"
    EMULATOR_QUOTA = "emulator_quota"
    IOTHREAD_PERIOD = "iothread_period"
    IOTHREAD_QUOTA = "iothread_quota"


class MemoryLimit(StrEnum):
    """Which limit is set of the memory that a domain may take of its host."""

    HARD = "hard_limit"
    SOFT = "soft_limit"
    SWAP_HARD = "swap_hard_limit"


@dataclass(frozen=True, slots=True)
class CpuTune:
    """A domain's share of the processors."""

    parameter: CpuParameter
    value: int


@dataclass(frozen=True, slots=True)
class CpuPin:
    """The processors of the host ('0-3,^2') that one virtual CPU may run on; None is the emulator."""

    vcpu: int | None
    cpuset: str


@dataclass(frozen=True, slots=True)
class MemoryTune:
    """A limit of the memory that a domain may take of its host."""

    limit: MemoryLimit
    kib: int


@dataclass(frozen=True, slots=True)
class BlkioTune:
    """The weight of a domain among those that share the host's disks."""

    weight: int


@dataclass(frozen=True, slots=True)
class DiskTune:
    """A limit of one disk, by its target: 'total_iops_sec', 'read_bytes_sec', …"""

    target: str
    parameter: str
    value: int


Tunable = CpuTune | CpuPin | MemoryTune | BlkioTune | DiskTune
