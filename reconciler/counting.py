"""What a process counts of its own doing, for whoever shows it. Threads share it."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ACTION_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
"""From a value that is set to a disk that is filled or a guest that moves."""

HEALED_SECONDS = (0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 300)


@dataclass(frozen=True, slots=True)
class Spans:
    """How long things took: how many took at most so long as each bound says (and the rest, as the last),
    and all of it together, in seconds."""

    bounds: Sequence[float]
    counts: Sequence[int]
    total: float


class _Growing:
    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds, self.total = bounds, 0.0
        self.counts = [0] * (len(bounds) + 1)

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds

    def so_far(self) -> Spans:
        return Spans(self.bounds, tuple(self.counts), self.total)


class Counters:
    """Counts from the start of the process; nothing in it ever goes down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._actions: Counter[tuple[str, str]] = Counter()
        self._took, self._healed = _Growing(ACTION_SECONDS), _Growing(HEALED_SECONDS)
        self._takeovers = self._refusals = 0

    def action_ended(self, verb: str, outcome: str, seconds: float) -> None:
        """An action of this verb ended so, after so long."""
        with self._lock:
            self._actions[verb, outcome] += 1
            self._took.add(seconds)

    def healed(self, seconds: float) -> None:
        """What an event told of was as declared again so long after the event came."""
        with self._lock:
            self._healed.add(seconds)

    def taken_over(self, hosts: int) -> None:
        """So many hosts of a controller that no longer lives came to this one."""
        with self._lock:
            self._takeovers += hosts

    def refused(self) -> None:
        """Something was not begun, or not written, because its host had gone to another controller."""
        with self._lock:
            self._refusals += 1

    @property
    def actions(self) -> Mapping[tuple[str, str], int]:
        """(verb, outcome) → how many."""
        with self._lock:
            return dict(self._actions)

    @property
    def spans(self) -> tuple[Spans, Spans]:
        """How long actions took; how long healing took."""
        with self._lock:
            return self._took.so_far(), self._healed.so_far()

    @property
    def takeovers(self) -> int:
        """Hosts that came from controllers that no longer live."""
        return self._takeovers

    @property
    def refusals(self) -> int:
        """What was refused for the sake of the fence."""
        return self._refusals
