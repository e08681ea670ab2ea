"""Taking domains from one simulated host to another."""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.base import Destination, Move, MoveProgress
from drivers.base.errors import DriverError, Unsupported
from drivers.simulated import faults, migrate
from drivers.simulated.gate import Gate


class SimulatedMover:
    """drivers.base.Mover."""

    def __init__(self, gate: Gate) -> None:
        """Behind a gate that may be shared."""
        self._gate = gate

    def move(
        self,
        name: str,
        destination: Destination,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        """Moves a domain to another simulated host, of this file or another one."""
        other = destination.move
        if not isinstance(other, SimulatedMover):
            raise Unsupported(f"a domain cannot move from {self._gate.settings.uri} to {destination.uri}")
        fault = self._gate.enter("move_domain", name)
        here, there = self._gate.store, other._gate.store
        memory_kib = other._gate.settings.memory_kib
        new = migrate.prepare(here, there, name, move, memory_kib)
        try:
            if move.live:
                migrate.travel(self._gate.settings.move, progress, cancel, memory_kib * 1024)
            self._gate.enter("arrive_domain", name)
            migrate.arrive(here, there, name, move)
        except DriverError:
            if new:
                migrate.abandon(there, name)
            raise
        faults.after(fault, "move_domain", name)

    def cpu_problem(self, domain: str) -> str:
        """Every simulated host can give a guest every CPU."""
        with self._gate.look("cpu_problem"):
            return ""
