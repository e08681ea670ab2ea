"""Sizes that are allowed and that nobody means."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.compiling.loader import load
from specs.units import format_about
from tests.specs.tree import document, host, loaded, write


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("{memory: 2048B}", "no guest runs in 2 KiB of memory; is the unit right?"),
        ("{memory: 100PiB}", "100 PiB of memory, which no machine has; is the unit right?"),
        ("{memory: 1GiB, vcpus: 5000}", "5000 virtual CPUs, and QEMU bears 4096 at most"),
        ("{memory: 1MiB, vcpus: 4096}", ""),
        ("{memory: 10TiB}", ""),  # there are such machines
    ],
)
def test_guests(tmp_path: Path, spec: str, told: str) -> None:
    found = [str(each) for each in loaded(tmp_path, {"a.yaml": document("Domain", "web", spec)}).warnings]
    assert [each.partition(": ")[2] for each in found] == ([told] if told else [])
    assert all(each.startswith("a.yaml:4:") for each in found)


def test_a_host_that_says_what_it_has(tmp_path: Path) -> None:
    spec = "{memory: 10GiB, vcpus: 9}"
    files = {
        "a.yaml": document("Domain", "web", spec),
        "h.yaml": host("h1", "capacity: {cpus: 8, memory: 8GiB}"),
    }
    assert [str(each) for each in load(write(tmp_path, files)).warnings] == [
        "a.yaml:4:16: 10 GiB of memory, and h1 has 8 GiB (capacity.memory)",
        "a.yaml:4:30: 9 virtual CPUs, and h1 has 8 CPUs (capacity.cpus)",
    ]


def test_volumes(tmp_path: Path) -> None:
    pool, volume = (
        document("StoragePool", "p", "{target: /srv/p}"),
        document("Volume", "v", "{pool: p, capacity: 2PiB}"),
    )
    (told,) = loaded(tmp_path, {"p.yaml": pool, "v.yaml": volume}).warnings
    assert str(told) == "v.yaml:4:27: 2 PiB is more than a volume is likely to hold; is the unit right?"


def test_sizes_as_people_say_them() -> None:
    sizes = {
        0: "0 B",
        1023: "1023 B",
        1024: "1 KiB",
        33554432000: "31.2 GiB",
        10 << 40: "10 TiB",
        (1 << 30) - 1: "1024 MiB",
    }
    assert {size: format_about(size) for size in sizes} == sizes
