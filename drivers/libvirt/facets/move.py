"""Taking domains from one libvirt host to another."""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.base import Destination, Move, MoveProgress
from drivers.base.errors import Unsupported
from drivers.libvirt import migrate
from drivers.libvirt.connection import Connection


class LibvirtMover:
    """drivers.base.Mover."""

    def __init__(self, connection: Connection) -> None:
        """Over a connection that may be shared."""
        self._connection = connection

    def move(
        self,
        name: str,
        destination: Destination,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        """Moves a domain to another libvirt host."""
        other = destination.move
        if not isinstance(other, LibvirtMover):
            raise Unsupported(f"a domain cannot move from {self._connection.uri} to {destination.uri}")
        migrate.move_domain(self._connection, other._connection, name, move, progress, cancel)

    def cpu_problem(self, domain: str) -> str:
        """Why this host cannot give a guest its CPU (virConnectCompareHypervisorCPU)."""
        return self._connection.read(lambda handle: migrate.cpu_problem(handle, domain))
