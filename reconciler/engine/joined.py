"""A connection for each host, kept apart: rounds over different hosts go on at the same time, and a
host that hangs holds up nobody else's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping

from drivers.base import Change, Host, needed
from drivers.base.errors import Unreachable
from reconciler.engine.at_once import at_once
from reconciler.engine.hosts import Hosts
from reconciler.engine.sealing import Sealer
from specs.desired import Desired


class HostPool:
    """The connections of a service. May be shared by threads, as long as no two use the same host."""

    def __init__(self, *, readonly: bool) -> None:
        self._readonly = readonly
        self._parts: dict[str, Hosts] = {}
        self._mutex = threading.Lock()

    def of(self, names: Collection[str], desired: Desired) -> JoinedHosts:
        """These hosts of a tree, connected as far as they can be reached."""
        parts = {name: self._part(name) for name in names}
        at_once({name: _reacher(part, name, desired) for name, part in parts.items()}, "connecting to")
        return JoinedHosts(parts)

    def subscribe(
        self, name: str, tell: Callable[[Change], None], lost: Callable[[], None]
    ) -> Callable[[], None]:
        """Has changes of a host told, as its driver does (drivers.base.Watcher). Unreachable until a round
        has connected it; a connection that is given up is a loss."""
        with self._mutex:
            part = self._parts.get(name)
        host = part.drivers.get(name) if part else None
        if host is None:
            raise Unreachable("it is not connected yet")
        return needed.watch(host).events(tell, lost)

    def keep(self, names: Collection[str]) -> None:
        """Lets go of all other hosts."""
        with self._mutex:
            gone = [self._parts.pop(name) for name in self._parts.keys() - set(names)]
        for part in gone:
            part.give_up(part.drivers)

    def close(self) -> None:
        """Lets go of all hosts; nobody waits for one that hangs."""
        self.keep(())

    def _part(self, name: str) -> Hosts:
        with self._mutex:
            return self._parts.setdefault(name, Hosts(readonly=self._readonly))


def _reacher(part: Hosts, name: str, desired: Desired) -> Callable[[], None]:
    return lambda: part.reach({name: desired.hosts[name]}, desired.root, desired.guard)


def _reopener(part: Hosts, name: str) -> Callable[[], Mapping[str, Host]]:
    return lambda: part.reopen([name])


class JoinedHosts:
    """Several hosts as one (reconciler.engine.hosts.Connections)."""

    def __init__(self, parts: Mapping[str, Hosts]) -> None:
        self._parts = parts

    @property
    def drivers(self) -> Mapping[str, Host]:
        """The hosts that are reached."""
        return {name: driver for part in self._parts.values() for name, driver in part.drivers.items()}

    @property
    def unreachable(self) -> Mapping[str, str]:
        """Why the others are not."""
        return {name: why for part in self._parts.values() for name, why in part.unreachable.items()}

    def seal(self, sealer: Sealer) -> None:
        """As `Hosts.seal`."""
        for part in self._parts.values():
            part.seal(sealer)

    def reopen(self, names: Iterable[str]) -> Mapping[str, Host]:
        """As `Hosts.reopen`."""
        wanted = set(names)
        calls = {name: _reopener(part, name) for name, part in self._parts.items() if name in wanted}
        opened, _ = at_once(calls, "connecting again to")
        return {name: driver for found in opened.values() for name, driver in found.items()}

    def give_up(self, names: Iterable[str]) -> None:
        """As `Hosts.give_up`."""
        for name in set(names) & self._parts.keys():
            self._parts[name].give_up([name])
