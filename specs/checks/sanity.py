"""Sizes that are allowed and that nobody means: a unit or a digit too many, or too few."""

from __future__ import annotations

from collections.abc import Iterator

from specs.guests import Demand, HostCapacity
from specs.units import format_about

Place = tuple[str, ...]

_LEAST_KIB = 1 << 10
_MOST_KIB = 64 << 30
"""More memory than any machine has."""
_MOST_CPUS = 4096
"""What QEMU bears at most."""
_MOST_BYTES = 1 << 50

_DOUBT = "is the unit right?"


def doubtful_guest(demand: Demand, host: str, has: HostCapacity) -> Iterator[tuple[Place, str]]:
    """Of a guest with that demand: where in its document, and what is strange. What a host is said to have is
    its word; else nobody knows before it is asked."""
    memory, cpus = demand.memory_kib, demand.cpus
    shown = format_about(memory * 1024)
    if memory and memory < _LEAST_KIB:
        yield ("spec", "memory"), f"no guest runs in {shown} of memory; {_DOUBT}"
    elif has.memory_kib is not None and memory > has.memory_kib:
        its = format_about(has.memory_kib * 1024)
        yield ("spec", "memory"), f"{shown} of memory, and {host} has {its} (capacity.memory)"
    elif memory > _MOST_KIB:
        yield ("spec", "memory"), f"{shown} of memory, which no machine has; {_DOUBT}"
    if has.cpus is not None and cpus > has.cpus:
        yield ("spec", "vcpus"), f"{cpus} virtual CPUs, and {host} has {has.cpus} CPUs (capacity.cpus)"
    elif cpus > _MOST_CPUS:
        yield ("spec", "vcpus"), f"{cpus} virtual CPUs, and QEMU bears {_MOST_CPUS} at most"


def doubtful_volume(capacity: int) -> Iterator[tuple[Place, str]]:
    """Of a volume of so many bytes."""
    if capacity > _MOST_BYTES:
        yield (
            ("spec", "capacity"),
            f"{format_about(capacity)} is more than a volume is likely to hold; {_DOUBT}",
        )
