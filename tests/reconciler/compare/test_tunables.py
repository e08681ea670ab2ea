"""A difference's path says which tunable a hypervisor is asked to set, or that there is none."""

from __future__ import annotations

import pytest

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
from reconciler.compare.tunables import tunable


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        ("cputune/shares", "512", CpuTune(CpuParameter.SHARES, 512)),
        ("cputune/emulator_quota", "-1", CpuTune(CpuParameter.EMULATOR_QUOTA, -1)),
        ("cputune/vcpupin[3]", "0-3,^2", CpuPin(3, "0-3,^2")),
        ("cputune/vcpupin[0]/@cpuset", "0", CpuPin(0, "0")),
        ("cputune/emulatorpin", "1", CpuPin(None, "1")),
        ("cputune/emulatorpin/@cpuset", "1", CpuPin(None, "1")),
        ("memtune/hard_limit", "1 GiB", MemoryTune(MemoryLimit.HARD, 1048576)),
        ("memtune/hard_limit", "2097152", MemoryTune(MemoryLimit.HARD, 2097152)),  # KiB, as in the document
        ("memtune/soft_limit", "524288 KiB", MemoryTune(MemoryLimit.SOFT, 524288)),
        ("blkiotune/weight", "500", BlkioTune(500)),
        ("devices/disk[vda]/iotune/total_iops_sec", "9", DiskTune("vda", "total_iops_sec", 9)),
    ],
)
def test_a_path_and_its_value_are_a_tunable(path: str, value: str, wanted: Tunable) -> None:
    assert tunable(path, value) == wanted


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("cputune/shares", "many"),
        ("cputune/vcpupin[0]", ""),
        ("cputune/vcpusched[0]", "1"),
        ("memtune/hard_limit", "a lot"),
        ("memtune/min_guarantee", "9"),
        ("blkiotune/device[/dev/sda]/weight", "9"),
        ("devices/video/model/@vram", "1"),
        ("memory", "9"),
        ("os/type", "hvm"),
    ],
)
def test_anything_else_is_none(path: str, value: str) -> None:
    assert tunable(path, value) is None
