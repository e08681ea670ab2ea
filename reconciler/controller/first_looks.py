"""Which hosts of a fleet nobody has looked at yet."""

from __future__ import annotations

import time
from collections.abc import Collection

from state import OpenState

_ASKS = 0.5
"""Seconds between two questions what other controllers have looked at: many rounds ask at the same time."""

_OTHERS = 60.0
"""Seconds that another controller has for its first look at a host."""


class FirstLooks:
    """Remembers what was looked at. `patience` is how many seconds a host has to answer before it counts as
    one that cannot be asked."""

    def __init__(self, store: OpenState, patience: float) -> None:
        self._store, self._patience = store, patience
        self._since = time.monotonic()
        self._asked = float("-inf")
        self._looked: set[str] = set()
        self._begun: dict[str, float] = {}

    def begin(self, hosts: Collection[str]) -> None:
        """Somebody begins to look at these."""
        now = time.monotonic()
        for host in hosts:
            self._begun.setdefault(host, now)

    def end(self, hosts: Collection[str]) -> None:
        """They were looked at, or cannot be."""
        self._looked |= set(hosts)

    def missing(self, hosts: Collection[str]) -> frozenset[str]:
        """Those of these hosts that nobody has looked at, or tried to for long enough."""
        missing = frozenset(hosts) - self._looked
        if not missing:
            return missing
        now = time.monotonic()
        if now >= self._asked + _ASKS:
            self._asked = now
            known = self._store.host_standings()
            self._looked |= {name for name, standing in known.items() if standing.tried is not None}
        return frozenset(host for host in missing - self._looked if not self._hangs(host, now))

    def _hangs(self, host: str, now: float) -> bool:
        if host in self._begun:
            return now - self._begun[host] > self._patience
        return now - self._since > _OTHERS
