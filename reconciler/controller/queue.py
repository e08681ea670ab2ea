"""The queue of hosts: one entry each, with when it is due and which hosts its round needs. Pure: `now` is
passed in, seconds of a clock that never steps back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from heapq import heapify, heappop

FIRST_PAUSE = 1.0
"""Seconds until a round that failed is made again; twice as many after each further failure."""

LONGEST_PAUSE = 300.0
HURRIED_PAUSE = 5.0
"""So long a host is left alone after a failure at least, whatever happens there: what failed may itself have
made it happen."""


@dataclass(frozen=True, slots=True)
class HostJob:
    """A round that may be made now: for `host`, holding `hosts` (that one, and others that something moves
    to or comes from). `why` is what made it due, `woken` when the first of that came (None: its time came);
    `slow` is one whose host did not answer the last time."""

    host: str
    hosts: frozenset[str]
    why: str
    woken: float | None = None
    slow: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    due: float
    hosts: frozenset[str]
    why: str = "timer"
    woken: float | None = None
    failures: int = 0
    slow: bool = False
    earliest: float = 0.0
    """Nothing that happens there hurries it before."""


class HostQueue:
    """Hosts and when each is due. One host is in one round at a time; a round that needs several waits until
    all are free, and none that comes later overtakes it there."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._running: dict[str, HostJob] = {}

    def __len__(self) -> int:
        """How many hosts there are."""
        return len(self._entries)

    @property
    def busy(self) -> frozenset[str]:
        """The hosts that are in a round now."""
        return frozenset(host for job in self._running.values() for host in job.hosts)

    def set_hosts(self, due: Iterable[tuple[str, float]]) -> bool:
        """These are the hosts from now on: new ones are due at their time, the others stay as they are.
        Whether they are others than before."""
        wanted = dict(due)
        kept = {host: entry for host, entry in self._entries.items() if host in wanted}
        new = {
            host: _Entry(at, frozenset({host}), "first look")
            for host, at in wanted.items()
            if host not in kept
        }
        changed = bool(new) or len(kept) != len(self._entries)
        self._entries = kept | new
        return changed

    def wake(self, host: str, why: str, now: float, delay: float = 0.0, *, afresh: bool = False) -> None:
        """Something may have changed there: it is due after the delay at the latest. One that does not answer
        is not hurried by that; `afresh`, what failed before counts no more."""
        entry = self._entries.get(host)
        if entry is None:
            return
        if afresh:
            entry = replace(entry, failures=0, slow=False, earliest=0.0)
        due = entry.due if entry.slow else min(entry.due, max(now + delay, entry.earliest))
        woken = now if entry.woken is None else entry.woken
        self._entries[host] = replace(entry, due=due, why=why, woken=woken)

    def take(self, now: float, *, slow: bool) -> HostJob | None:
        """The round that has waited longest of those that may be made now, which it is from here on; of hosts
        that answer, or with `slow` of those that did not."""
        reserved = set(self.busy)
        waiting = [(entry.due, host) for host, entry in self._due(now)]
        heapify(waiting)
        while waiting:
            _, host = heappop(waiting)
            entry = self._entries[host]
            wanted = entry.hosts & self._entries.keys() | {host}
            if not reserved.isdisjoint(wanted):
                reserved |= wanted
                continue
            if entry.slow is not slow:
                continue
            job = HostJob(host, wanted, entry.why, entry.woken, entry.slow)
            self._running[host] = job
            self._entries[host] = replace(entry, woken=None, why="timer", due=float("inf"))
            return job
        return None

    def done(self, job: HostJob, now: float, next_due: float) -> None:
        """A round was made: the host is due again at that time, or sooner where it was woken meanwhile."""
        self._end(job, lambda e: replace(e, due=min(e.due, next_due), failures=0, slow=False, earliest=now))

    def failed(self, job: HostJob, now: float, *, unreachable: bool, longest: float = LONGEST_PAUSE) -> None:
        """A round could not be made, or left something undone: it is tried again, after longer pauses each
        time."""

        def again(entry: _Entry) -> _Entry:
            pause = min(longest, FIRST_PAUSE * 2**entry.failures)
            earliest = now + min(pause, HURRIED_PAUSE)
            due = now + pause if unreachable else max(earliest, min(entry.due, now + pause))
            failures = min(entry.failures + 1, 30)
            return replace(entry, due=due, earliest=earliest, failures=failures, slow=unreachable)

        self._end(job, again)

    def widen(self, job: HostJob, hosts: Collection[str], now: float, delay: float = 0.0) -> None:
        """The round needs more hosts: it is to be made anew, with all of them."""
        self._end(
            job,
            lambda e: replace(e, due=now + delay, why=job.why, woken=job.woken or e.woken),
            hosts,
        )

    def next_due(self) -> float:
        """When the next host is due that is in no round; infinity when none is."""
        busy = self.busy
        return min((e.due for h, e in self._entries.items() if h not in busy), default=float("inf"))

    def waiting(self, now: float) -> int:
        """How many hosts are due and not in a round."""
        return sum(1 for _ in self._due(now))

    def _due(self, now: float) -> Iterator[tuple[str, _Entry]]:
        for host, entry in self._entries.items():
            if entry.due <= now and host not in self._running:
                yield host, entry

    def _end(self, job: HostJob, change: Callable[[_Entry], _Entry], hosts: Collection[str] = ()) -> None:
        self._running.pop(job.host, None)
        entry = self._entries.get(job.host)
        if entry is not None:
            self._entries[job.host] = replace(change(entry), hosts=frozenset({job.host, *hosts}))
