"""What wants attention: the queue of hosts as threads share it, and what hosts told of meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from drivers.base import Change
from reconciler.controller.queue import HostJob, HostQueue
from reconciler.controller.settling import Wake

_SLUGGISH = 3.0
"""Seconds after which a round that is still looking has its worker replaced."""

_TICK = 1.0
"""Seconds after which whoever waits looks again at the latest."""


@dataclass(frozen=True, slots=True)
class _Slot:
    host: str
    begun: float
    slow: bool


class Attention:
    """The queue behind a lock; who waits is woken by everything that may make a host due. `workers` are those
    for hosts that answer (False) and for those that did not the last time (True)."""

    def __init__(self, workers: int, slow_workers: int) -> None:
        self._queue, self._free = HostQueue(), {False: workers, True: slow_workers}
        self._told: dict[str, tuple[Change, ...]] = {}
        self._counted: dict[threading.Thread, _Slot] = {}
        """The rounds whose workers are counted."""
        self._mutex, self._work = threading.Lock(), threading.Event()

    @property
    def busy(self) -> frozenset[str]:
        """The hosts that are in a round."""
        with self._mutex:
            return self._queue.busy

    @property
    def waiting(self) -> int:
        """How many hosts are due and not in a round."""
        with self._mutex:
            return self._queue.waiting(time.monotonic())

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, and nothing is due at any time."""
        with self._mutex:
            return not self._queue.busy and self._queue.next_due() == float("inf")

    def set_hosts(self, hosts: Iterable[str]) -> bool:
        """As `HostQueue.set_hosts`; new ones are due at once."""
        now = time.monotonic()
        with self._mutex:
            return self._queue.set_hosts((host, now) for host in hosts)

    def wake(self, hosts: Collection[str], why: str, *, afresh: bool = False, delay: float = 0.0) -> None:
        """Something may have changed on these hosts."""
        now = time.monotonic()
        with self._mutex:
            for host in hosts:
                self._queue.wake(host, why, now, delay, afresh=afresh)
        self._work.set()

    def happened(self, wake: Wake) -> None:
        """A host told of changes."""
        with self._mutex:
            self._told[wake.host] = (*self._told.get(wake.host, ()), *wake.changes)
            self._queue.wake(wake.host, "event" if wake.changes else "watched anew", wake.since)
        self._work.set()

    def told_of(self, host: str) -> tuple[Change, ...]:
        """What a host told of since this was last asked."""
        with self._mutex:
            return self._told.pop(host, ())

    def begin(self, work: Callable[[HostJob], None], *, slow: bool) -> bool:
        """Begins the next round that is due in a thread of its own, where there is a worker for it; one that
        hangs is left behind when the process ends. Whether one was begun."""
        with self._mutex:
            job = self._queue.take(time.monotonic(), slow=slow) if self._free[slow] else None
            if job is None:
                return False
            self._free[slow] -= 1
            worker = threading.Thread(target=self._run, args=(work, job), name=job.host, daemon=True)
            self._counted[worker] = _Slot(job.host, time.monotonic(), slow)
        worker.start()
        return True

    def end(self, end: Callable[[HostQueue, float], None]) -> None:
        """A round came to its end in the queue."""
        with self._mutex:
            end(self._queue, time.monotonic())

    def nudge(self) -> None:
        """Wakes whoever waits."""
        self._work.set()

    def wait(self, seconds: float = _TICK) -> None:
        """Until something may be due, at the latest after so long."""
        with self._mutex:
            due = self._queue.next_due() - time.monotonic()
        self._work.wait(min(seconds, max(0.01, due)))
        self._work.clear()

    def reclaim(self, doing: Collection[str]) -> None:
        """Counts workers as free whose hosts let them wait, unless something is being done there: many that
        freeze at the same time hold up no other."""
        now = time.monotonic()
        with self._mutex:
            for thread, worker in tuple(self._counted.items()):
                if worker.host not in doing and now - worker.begun > _SLUGGISH:
                    self._release(thread)

    def _release(self, thread: threading.Thread) -> None:
        worker = self._counted.pop(thread, None)
        if worker is not None:
            self._free[worker.slow] += 1

    def _run(self, work: Callable[[HostJob], None], job: HostJob) -> None:
        try:
            work(job)
        finally:
            with self._mutex:
                self._release(threading.current_thread())
            self._work.set()
