"""Who lives: told by beats, and by this process's own clock alone.

Clocks of several machines differ, and jump. So nobody writes down when a controller was last seen: whoever
sees one beat of it for as long as its claims last, takes it for dead.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field


def boottime() -> float:
    """Seconds that go on while the machine sleeps, and that nobody sets."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Beat:
    """A controller as it was seen: how often it said that it lives, and for how long one time is good."""

    id: str
    beat: int
    ttl: float


@dataclass
class BeatWatch:
    """What one process has seen of the beats of others."""

    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)

    def see(self, beats: Iterable[Beat], now: float) -> list[Beat]:
        """Those that are taken for dead: their beat is the one that it was their time to live ago."""
        before, self._seen, dead = self._seen, {}, []
        for one in beats:
            known = before.get(one.id)
            since = known[1] if known is not None and known[0] == one.beat else now
            self._seen[one.id] = (one.beat, since)
            if now - since >= one.ttl:
                dead.append(one)
        return dead
