"""The facet that takes a domain from one host to another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.base.writing import writes
from specs.guests import MigrationPolicy


@dataclass(frozen=True, slots=True)
class Move:
    """How a domain is moved to another host.

    `live`: while it runs; else it is stopped and only its definition moves. `document` is the definition
    that it gets there ('' leaves it as it is). `address` is what the destination is reached by ('' lets
    the hypervisor decide). `copied_disks` are the targets of the disks whose content is copied along; their
    volumes stand at the destination already. `bandwidth` is the lower of both hosts' limits and the
    policy's, in MiB/s, 0 for none.
    """

    live: bool
    policy: MigrationPolicy = MigrationPolicy()
    document: str = ""
    address: str = ""
    copied_disks: tuple[str, ...] = ()
    bandwidth: int = 0


@dataclass(frozen=True, slots=True)
class MoveProgress:
    """How far a live move is, in bytes; both 0 while it is not known. `rate` is how many a second now, where
    the hypervisor tells it; with `parts`, these are no bytes but parts of the whole."""

    remaining: int
    total: int
    rate: int = 0
    parts: bool = False


class Destination(Protocol):
    """What a mover knows of the host that a domain goes to; every `drivers.base.Host` is one."""

    @property
    def uri(self) -> str:
        """What the host was opened by."""

    @property
    def move(self) -> Mover | None:
        """Its own mover; a driver tells by it whether the two are of one kind."""


class Mover(Protocol):
    """From one host to another."""

    @writes
    def move(
        self,
        name: str,
        destination: Destination,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        """Moves a domain to a host of the same driver (Unsupported to any other): afterwards it is defined
        (and runs, if it did) there, and no more here. Raises NotFound when it was not here; Refused when it
        did not go, and it runs (or stands) here as before; Unreachable when nobody can tell. `cancel` aborts
        a live move. What ends by the policy's time-out is always Refused: it is not to be tried again."""

    def cpu_problem(self, domain: str) -> str:
        """Why the host cannot give a guest the CPU of that live domain document; '' when it can."""
