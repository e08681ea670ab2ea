"""The hosts with what is on them, while guests are being placed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from reconciler.place.model import Guest, HostState


class Occupancy:
    """Who is where, and what is left."""

    def __init__(self, hosts: Iterable[HostState]) -> None:
        self.hosts: Mapping[str, HostState] = {host.name: host for host in hosts}
        self.cpus = {name: float(host.cpus) for name, host in self.hosts.items()}
        self.memory = {name: float(host.memory_kib) for name, host in self.hosts.items()}
        self.on: dict[str, dict[str, Guest]] = {name: {} for name in self.hosts}
        self.where: dict[str, str] = {}
        self._spread: defaultdict[tuple[str, str, str], int] = defaultdict(int)

    def put(self, guest: Guest, host: str) -> None:
        """Puts a guest that is nowhere yet on a host."""
        self.cpus[host] -= guest.cpus
        self.memory[host] -= guest.memory_kib
        self.on[host][guest.name] = guest
        self.where[guest.name] = host
        self._count(guest, host, 1)

    def move(self, guest: Guest, host: str) -> None:
        """Puts a guest on a host, and takes it off the one where it is."""
        left = self.where.get(guest.name)
        if left == host:
            return
        if left is not None:
            self.cpus[left] += guest.cpus
            self.memory[left] += guest.memory_kib
            del self.on[left][guest.name]
            self._count(guest, left, -1)
        self.put(guest, host)

    def fits(self, guest: Guest, host: str) -> bool:
        """Whether there is room left for it."""
        return self.memory[host] >= guest.memory_kib and self.cpus[host] >= guest.cpus

    def apart(self, guest: Guest, host: str) -> bool:
        """Whether nobody is there that it must not be with."""
        return self.on[host].keys().isdisjoint(guest.apart)

    def candidates(self, guest: Guest) -> Iterator[str]:
        """The hosts that it may come to, room or not."""
        for name in guest.allowed:
            host = self.hosts.get(name)
            if host is not None and host.accepts and self.apart(guest, name):
                yield name

    def cost(self, guest: Guest, host: str) -> tuple[int, int, float, str]:
        """The less, the better: away from those it belongs to, beside its like, little left; then by name."""
        lonely = -sum(name in self.on[host] for name in guest.near)
        return lonely, self._alike(guest, host), -self.room(host), host

    def room(self, host: str) -> float:
        """The share of a host that is free: of memory or of CPUs, whichever is less."""
        state = self.hosts[host]
        memory = self.memory[host] / state.memory_kib if state.memory_kib else 0.0
        cpus = self.cpus[host] / state.cpus if state.cpus else 0.0
        return min(memory, cpus)

    def _alike(self, guest: Guest, host: str) -> int:
        return self._spread[guest.group, guest.spread, self._value(guest, host)] if guest.spread else 0

    def _count(self, guest: Guest, host: str, by: int) -> None:
        if guest.spread:
            self._spread[guest.group, guest.spread, self._value(guest, host)] += by

    def _value(self, guest: Guest, host: str) -> str:
        return self.hosts[host].labels.get(guest.spread, f"\0{host}")
