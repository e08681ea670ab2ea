"""How many domains may leave or come to a host at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext

from specs.desired import DeclaredHost
from specs.guests import HostMigration


class MoveSlots:
    """Each host's places for moves under way, and the fleet's (`total`; None does not count them); may be
    shared by threads, and by runs that go on at the same time."""

    def __init__(self, hosts: Mapping[str, DeclaredHost], total: int | None = None) -> None:
        self._hosts = hosts
        self._total = threading.Semaphore(max(1, total)) if total is not None else nullcontext()
        self._places: dict[str, threading.Semaphore] = {}
        self._mutex = threading.Lock()

    @contextmanager
    def both(self, origin: str, destination: str) -> Iterator[None]:
        """Holds a place at either host; taken in one order by everybody, so that nobody waits in a ring."""
        with ExitStack() as held:
            for host in sorted({origin, destination}):
                held.enter_context(self._place(host))
            held.enter_context(self._total)
            yield

    def _place(self, host: str) -> threading.Semaphore:
        with self._mutex:
            if host not in self._places:
                declared = self._hosts.get(host)
                limit = (declared.migration if declared else HostMigration()).parallel
                self._places[host] = threading.Semaphore(max(1, limit))
            return self._places[host]
