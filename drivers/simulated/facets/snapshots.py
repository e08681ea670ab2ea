"""Snapshots on a simulated host."""

from __future__ import annotations

from drivers.base.errors import NotFound
from drivers.base.snapshots import Snapshot
from drivers.simulated import snapshots
from drivers.simulated.gate import Gate
from drivers.simulated.naming import require_same
from specs.identity import Kind


class SimulatedSnapshots:
    """drivers.base.Snapshots."""

    def __init__(self, gate: Gate) -> None:
        """Behind a gate that may be shared."""
        self._gate = gate

    def all(self, name: str) -> tuple[Snapshot, ...]:
        """All of a domain's."""
        with self._gate.look("snapshots", name) as host:
            if host is None:
                raise NotFound(f"no domain with matching name '{name}'")
            return snapshots.all_of(host, name)

    def obstacle(self, name: str) -> str:
        """Why none can be taken."""
        with self._gate.look("snapshots", name) as host:
            if host is None:
                raise NotFound(f"no domain with matching name '{name}'")
            return snapshots.obstacle(host, name)

    def take(self, name: str, snapshot: str, description: str, *, uuid: str = "") -> None:
        """Keeps a domain as it is now."""
        with self._gate.change("take_snapshot", name) as host:
            require_same(host, Kind.DOMAIN, name, uuid)
            snapshots.take(host, name, snapshot, description)

    def revert(self, name: str, snapshot: str, *, uuid: str = "") -> None:
        """Brings back what it was."""
        with self._gate.change("revert", name) as host:
            require_same(host, Kind.DOMAIN, name, uuid)
            snapshots.revert(host, name, snapshot)

    def drop(self, name: str, snapshot: str, *, uuid: str = "") -> None:
        """Forgets one."""
        with self._gate.change("drop_snapshot", name) as host:
            require_same(host, Kind.DOMAIN, name, uuid)
            snapshots.drop(host, name, snapshot)
