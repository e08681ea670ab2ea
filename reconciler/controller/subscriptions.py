"""Which hosts are to be subscribed to, and when. Pure: `now` is passed in, seconds of a clock that never
steps back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

FIRST_PAUSE = 1.0
"""Seconds until a subscription that could not be had, or that was lost, is tried anew; twice as many after
each further failure."""

LONGEST_PAUSE = 60.0
UNSUPPORTED_PAUSE = 600.0
"""Seconds until a host that tells of nothing is asked again."""

AT_ONCE = 32
"""So many are opened at the same time."""

SLOW = 1.0
"""Seconds after which one that is being opened is no longer among these: hosts that hang hold up no other."""

LASTING = 30.0
"""Seconds after which a subscription has been there, and its loss is not one failure more."""


@dataclass(slots=True)
class _Place:
    """How it went with a host so far, and when it is due (of one that waits), or since when it is being
    opened or has been open."""

    at: float
    failures: int = 0


class Subscriptions:
    """The hosts that are ours, each of them waiting for its time, being opened, or open."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Place] = {}
        self._opening: dict[str, _Place] = {}
        self._open: dict[str, _Place] = {}

    def set_hosts(self, hosts: Collection[str], now: float) -> None:
        """These are ours from now on; all others are forgotten."""
        wanted = set(hosts)
        for places in (self._waiting, self._opening, self._open):
            for host in places.keys() - wanted:
                del places[host]
        for host in hosts:
            if not (host in self._open or host in self._opening):
                self._waiting.setdefault(host, _Place(now))

    def take(self, now: float) -> list[str]:
        """The hosts that are to be opened now, those that wait longest first."""
        free = max(0, AT_ONCE - len(self._quick(now)))
        due = sorted((place.at, host) for host, place in self._waiting.items() if place.at <= now)
        taken = [host for _, host in due[:free]]
        for host in taken:
            self._opening[host] = _Place(now, self._waiting.pop(host).failures)
        return taken

    def next_due(self, now: float) -> float:
        """When there may be something to take; infinity when nothing waits."""
        due = min((place.at for place in self._waiting.values()), default=float("inf"))
        quick = self._quick(now)
        return max(due, min(quick) + SLOW) if len(quick) >= AT_ONCE else due

    def opened(self, host: str, now: float) -> None:
        """It is subscribed to."""
        if place := self._opening.pop(host, None):
            self._open[host] = _Place(now, place.failures)

    def failed(self, host: str, now: float, *, unsupported: bool = False) -> None:
        """It could not be."""
        if place := self._opening.pop(host, None):
            self._again(host, place.failures, now, UNSUPPORTED_PAUSE if unsupported else 0.0)

    def lost(self, host: str, now: float) -> None:
        """It was, and is no more."""
        if place := self._open.pop(host, None) or self._opening.pop(host, None):
            self._again(host, 0 if now - place.at >= LASTING else place.failures, now)

    @property
    def open(self) -> frozenset[str]:
        """The hosts that are subscribed to."""
        return frozenset(self._open)

    def _again(self, host: str, failures: int, now: float, pause: float = 0.0) -> None:
        pause = pause or min(LONGEST_PAUSE, FIRST_PAUSE * 2**failures)
        self._waiting[host] = _Place(now + pause, min(failures + 1, 30))

    def _quick(self, now: float) -> list[float]:
        return [place.at for place in self._opening.values() if now - place.at < SLOW]
