"""Changes as they are told, until it is time to look: several at once are one wake-up, what is on its way to
something else is given time, and what happens again and again is looked at less often. Pure: `now` is passed
in, seconds of a clock that never steps back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from drivers.base import Change
from specs.identity import Kind

QUIET = 0.1
"""Seconds without a change on a host after which it is looked at: who changes one thing changes more."""

LONGEST = 1.0
"""Seconds after which it is looked at although it does not become quiet."""

LONGEST_SETTLE = 10.0
"""Seconds that an object is given which is on its way to something else again and again."""

BURST = 20
"""So often in a row an object wakes us at once; a guest that crashes for ever, or that moves its own balloon,
then costs a look in REGAINED seconds."""

REGAINED = 10.0
_REMEMBERED = 4096

Thing = tuple[Kind, str]
"""An object of a host, by the name that the host has for it; '' is any of that kind."""


@dataclass(frozen=True, slots=True)
class Wake:
    """A host is to be looked at, in full: because of these changes, and, with `missed`, because nobody knows
    what else there was. `since` is when the first of it was told."""

    host: str
    changes: tuple[Change, ...]
    since: float
    missed: bool = False


@dataclass(slots=True)
class _Pending:
    """What was told of one object, and from when on it is looked at: when it has settled, and not before it
    is its turn again (`paced`)."""

    since: float
    paced: float
    until: float
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class _Restless:
    """A host of which something was told, and from when on it is quiet; `blind` is since when changes may
    have been missed."""

    since: float
    quiet: float
    pending: dict[Thing, _Pending] = field(default_factory=dict)
    blind: float | None = None

    @property
    def due(self) -> float:
        first = min((each.until for each in self.pending.values()), default=float("inf"))
        return self.quiet if self.blind is not None else max(self.quiet, first)


class WakeUps:
    """What was told of hosts and nobody has looked for yet."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Restless] = {}
        self._left: dict[tuple[str, Thing], tuple[float, float]] = {}

    def note(self, host: str, change: Change | None, now: float) -> None:
        """Something was told; None, that changes may have been missed."""
        restless = self._hosts.setdefault(host, _Restless(now, now))
        restless.quiet = min(now + QUIET, restless.since + LONGEST)
        if change is None:
            restless.blind = now if restless.blind is None else restless.blind
            return
        thing = (change.kind, change.name)
        pending = restless.pending.get(thing)
        if pending is None:
            pending = restless.pending[thing] = _Pending(now, self._pace((host, thing), now), now)
        settled = min(now + change.settle, pending.since + LONGEST_SETTLE)
        pending.until = max(pending.paced, settled)
        pending.changes.append(change)

    def due(self, now: float) -> list[Wake]:
        """The hosts that are to be looked at now; what is still on its way there stays noted."""
        return [self._taken(host, now) for host, each in list(self._hosts.items()) if each.due <= now]

    def next_due(self) -> float:
        """When the next host is to be looked at; infinity when none is."""
        return min((each.due for each in self._hosts.values()), default=float("inf"))

    def looking(self, host: str, now: float) -> tuple[Change, ...]:
        """A look at the host begins, which sees all that was told and has settled: that."""
        return self._taken(host, now).changes if host in self._hosts else ()

    def unsettled(self, host: str, now: float) -> frozenset[Thing]:
        """What is on its way to something else there, and should not be taken for what it is now."""
        restless = self._hosts.get(host)
        if restless is None:
            return frozenset()
        return frozenset(
            thing for thing, each in restless.pending.items() if each.until > now and each.changes[-1].settle
        )

    def keep(self, hosts: Collection[str]) -> None:
        """Forgets all other hosts."""
        for host in self._hosts.keys() - set(hosts):
            del self._hosts[host]

    def _taken(self, host: str, now: float) -> Wake:
        restless = self._hosts.pop(host)
        ready = {thing: each for thing, each in restless.pending.items() if each.until <= now}
        left = {thing: each for thing, each in restless.pending.items() if thing not in ready}
        if left:
            self._hosts[host] = _Restless(now, now, left)
        began = [each.since for each in ready.values()]
        began += [] if restless.blind is None else [restless.blind]
        return Wake(host, _in_order(ready), min(began, default=now), restless.blind is not None)

    def _pace(self, key: tuple[str, Thing], now: float) -> float:
        """When the object may wake us, of which this is one time more."""
        left, at = self._left.get(key, (float(BURST), now))
        left = min(float(BURST), left + (now - at) / REGAINED) - 1
        if len(self._left) >= _REMEMBERED:
            full = BURST * REGAINED
            self._left = {each: seen for each, seen in self._left.items() if now - seen[1] < full}
        self._left[key] = (left, now)
        return now if left >= 0 else now - left * REGAINED


def _in_order(ready: dict[Thing, _Pending]) -> tuple[Change, ...]:
    return tuple(change for each in sorted(ready.values(), key=lambda e: e.since) for change in each.changes)
