"""How well guests are spread: a measure after that of Ganeti's hbal, the smaller the better.

The sum of: the standard deviation over the hosts in use of the share of memory that is free, and of that
of CPUs; 16 for each guest on a host that should be empty; 2 for each pair that must not be together and
is. (hbal adds disks, reserved memory of its secondary nodes and measured load, which libvirt hosts have
none of.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from reconciler.place.model import UNLIMITED, Guest, HostState

_MISPLACED = 16.0
_TOGETHER = 2.0


@dataclass(frozen=True, slots=True)
class Score:
    """The measure and its parts."""

    memory: float
    cpus: float
    misplaced: float
    together: float

    @property
    def total(self) -> float:
        """The measure itself: the less, the better."""
        return self.memory + self.cpus + self.misplaced + self.together


def score(hosts: Iterable[HostState], guests: Iterable[Guest], where: Mapping[str, str]) -> Score:
    """The measure of guests that are on these hosts (by their names)."""
    known = {host.name: host for host in hosts}
    memory = {name: float(host.memory_kib) for name, host in known.items()}
    cpus = {name: float(host.cpus) for name, host in known.items()}
    misplaced = together = 0
    for guest in guests:
        host = where.get(guest.name)
        if host not in known:
            continue
        memory[host] -= guest.memory_kib
        cpus[host] -= guest.cpus
        misplaced += not known[host].holds
        together += sum(where.get(other) == host for other in guest.apart)
    used = [host for host in known.values() if host.holds and host.memory_kib < UNLIMITED]
    return Score(
        deviation([memory[host.name] / host.memory_kib for host in used if host.memory_kib]),
        deviation([cpus[host.name] / host.cpus for host in used if host.cpus]),
        _MISPLACED * misplaced,
        _TOGETHER * together / 2,
    )


def deviation(values: list[float]) -> float:
    """The standard deviation; 0 of nothing."""
    if not values:
        return 0.0
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / len(values))
