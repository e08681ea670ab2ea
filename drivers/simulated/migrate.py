"""Moving a domain between simulated hosts."""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.base import Move, MoveProgress
from drivers.errors import Unsupported
from drivers.simulated.store import Store


def cpu_problem(domain: str) -> str:
    """Why the host cannot give a guest its CPU."""
    raise Unsupported("not yet")


def move_domain(
    source: Store,
    destination: Store,
    name: str,
    move: Move,
    progress: Callable[[MoveProgress], None],
    cancel: threading.Event,
) -> None:
    """Moves a domain."""
    raise Unsupported("not yet")
