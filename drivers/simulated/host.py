"""Simulated hosts, as many as a file holds."""

from __future__ import annotations

from dataclasses import replace

from drivers.base import Capabilities, MachineType, Offer
from drivers.simulated import migrate
from drivers.simulated.domain.rewrite import ARCH, DOMAIN_TYPES, EMULATORS, MACHINES, OS_TYPES
from drivers.simulated.facets.guest import SimulatedGuests
from drivers.simulated.facets.lifecycle import SimulatedLifecycle
from drivers.simulated.facets.live import SimulatedLive
from drivers.simulated.facets.move import SimulatedMover
from drivers.simulated.facets.observe import VERSION, SimulatedObserver
from drivers.simulated.facets.snapshots import SimulatedSnapshots
from drivers.simulated.facets.storage import SimulatedStorage
from drivers.simulated.facets.watch import SimulatedWatcher
from drivers.simulated.gate import Gate
from drivers.simulated.store import Store
from drivers.simulated.uri import Settings
from specs.identity import MANAGED_KINDS


class SimulatedHost:
    """One host of a file (drivers.base.Host); see the package for what it simulates."""

    logs = None

    def __init__(self, settings: Settings, *, called: str, readonly: bool = False) -> None:
        """`called` is what the fleet calls the host. Nothing is opened before the first call."""
        self.uri = settings.uri
        self._settings = settings
        self._gate = Gate(settings, readonly=readonly)
        self.observe = SimulatedObserver(self._gate, called)
        self.watch = SimulatedWatcher(self._gate)
        self.lifecycle = SimulatedLifecycle(self._gate)
        self.live = SimulatedLive(self._gate)
        self.storage = SimulatedStorage(self._gate)
        self.guest = SimulatedGuests(self._gate)
        self.move = SimulatedMover(self._gate)
        self.snapshots = SimulatedSnapshots(self._gate)

    def greet(self) -> None:
        """The first call, in which the host shows that it answers."""
        with self._gate.look("open"):
            pass

    def capabilities(self) -> Capabilities:
        """What the host offers, as its URI says; its free memory is what no running guest has."""
        with self._gate.look("capabilities") as host:
            used = migrate.memory_in_use(host) if host else 0
            return Capabilities(
                family="sim",
                version=VERSION,
                domain_types=DOMAIN_TYPES,
                os_types=OS_TYPES,
                arch=ARCH,
                machines={f"{ARCH}/{alias}": machine for alias, machine in MACHINES.items()},
                kinds=frozenset(MANAGED_KINDS),
                cpus=self._settings.cpus,
                memory_kib=self._settings.memory_kib,
                emulators=EMULATORS,
                memory_free_kib=self._settings.memory_kib - used,
            )

    def offers(self, machine: MachineType) -> Offer:
        """Nothing that it would refuse any other for."""
        return {}

    def close(self) -> None:
        """Ends all calls that hang, all later ones, and what was subscribed to."""
        self._gate.close()
        self.watch.close()


class SimulatedEndpoint:
    """A file of simulated hosts (drivers.base.Endpoint)."""

    def __init__(self, settings: Settings, *, readonly: bool = False) -> None:
        """Opens nothing yet."""
        self.uri = settings.uri
        self._settings, self._readonly = settings, readonly
        self._opened: list[SimulatedHost] = []

    def hosts(self) -> tuple[str, ...]:
        """The hosts of which the file knows something, and the one that the URI names."""
        store = Store(self._settings.path, self._settings.host, readonly=True)
        with store.read() as rows:
            known = set() if rows is None else set(rows.hosts())
        store.close()
        return tuple(sorted({*known, self._settings.host}))

    def host(self, called: str, member: str = "") -> SimulatedHost:
        """A host of the file, which is there as soon as something is put on it. Raises Unreachable when the
        file cannot be used."""
        settings = replace(self._settings, host=member or self._settings.host)
        host = SimulatedHost(settings, called=called, readonly=self._readonly)
        host.greet()
        self._opened.append(host)
        return host

    def close(self) -> None:
        """Closes every host that was opened."""
        for host in self._opened:
            host.close()
