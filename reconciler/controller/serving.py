"""Serving one fleet under one state: hosts are claimed and watched, and each has rounds of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from drivers.base.errors import DriverError
from reconciler.controller.charge import Charge
from reconciler.controller.first_looks import FirstLooks
from reconciler.controller.following import Following, Keeper
from reconciler.controller.hostround import HostRounds, Made, RoundSettings
from reconciler.controller.placing import Placing
from reconciler.controller.queue import FIRST_PAUSE, LONGEST_PAUSE, HostQueue, Job
from reconciler.controller.reporting import Reporting
from reconciler.controller.tenure import Tenure
from reconciler.controller.triggers import next_pause
from reconciler.engine.joined import HostPool
from reconciler.faults import Fault
from reconciler.mishaps import told
from specs.desired import Desired
from state import OpenState, StateError
from state.claims import FLEET

_SLOW_WORKERS = 4
"""Workers for hosts that did not answer the last time: those that do never wait for them."""

_TICK = 1.0
"""Seconds after which the loop goes round at the latest."""

_ASKED_AGAIN = 1.0
"""Seconds until a round is tried again for whose sake others were asked for hosts."""

_VERIFY = 0.5
"""Seconds after which a host is looked at again where something was done."""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What a service is told: its `name`, seconds between two looks at a host and their jitter (0 to 1), how
    many hosts at once, how the state of a tree is opened, how rounds are made, what refuses a tree (Fault).
    """

    name: str
    keeper: Keeper
    store: Callable[[Desired], AbstractContextManager[OpenState]]
    rounds: RoundSettings
    log: Callable[[str], None]
    refuse: Callable[[Desired], None]
    interval: float = 60.0
    jitter: float = 0.1
    follow: float = 60.0
    workers: int = 8
    patience: float = 10.0
    """Seconds after which a host that was never looked at counts as one that cannot be asked."""

    deadline: float = 60.0
    """Seconds that running actions have to end when it is to stop."""

    companions: Callable[[Serving], AbstractContextManager[object]] = lambda _: nullcontext()
    """What runs beside it while it has a state: the server, whoever sends notices."""


class Serving:
    """One fleet under one state."""

    def __init__(
        self,
        settings: ServiceSettings,
        store: OpenState,
        stop: threading.Event,
        wake_source: threading.Event,
        beat: Callable[[], None],
    ) -> None:
        self._settings, self._stop, self._log, self._beat = settings, stop, settings.log, beat
        self._mutex, self._work = threading.Lock(), threading.Event()
        self._queue = HostQueue()
        self._pool = HostPool(readonly=settings.rounds.observe)
        self._rounds = HostRounds(settings.rounds, self._pool)
        self._free = {False: settings.workers, True: _SLOW_WORKERS}
        self._reporting, self._looks = Reporting(store), FirstLooks(store, settings.patience)
        self._placing = Placing(store)
        self.following = Following(
            settings.keeper,
            store,
            settings.follow,
            wake_source,
            self._tree_changed,
            settings.log,
            settings.refuse,
        )
        self.tenure = Tenure(store, settings.name, self._names, self._busy, self._work.set, settings.log)

    @property
    def charge(self) -> Charge | None:
        """What is in force, with the hosts that placement chose."""
        charge = self.following.charge
        return self._placing.added_to(charge) if charge is not None else None

    @property
    def waiting(self) -> int:
        """How many hosts are due and not in a round."""
        with self._mutex:
            return self._queue.waiting(time.monotonic())

    def run(self) -> None:
        """Until it is to stop, or the source's tree is another fleet's."""
        with self._settings.companions(self) as _:
            self.following.start()
            self.tenure.start()
            try:
                while not self._stop.is_set() and self.following.ended is None:
                    self._work.clear()
                    self._attend()
                    for slow in (False, True):
                        self._dispatch(slow=slow)
                    self._beat()
                    self._work.wait(self._pause())
            finally:
                self.following.stop()
                self._finish()
                self.tenure.stop()
                self._pool.close()

    def wake(self, hosts: Collection[str], why: str, *, afresh: bool = False, delay: float = 0.0) -> None:
        """Something may have changed on these hosts."""
        now = time.monotonic()
        with self._mutex:
            for host in hosts:
                self._queue.wake(host, why, now, delay, afresh=afresh)
        self._work.set()

    def _tree_changed(self, hosts: Collection[str], why: str) -> None:
        self.wake(hosts, why, afresh=True)

    def _names(self) -> Collection[str]:
        charge = self.following.charge
        return charge.desired.hosts.keys() if charge is not None else ()

    def _busy(self) -> Collection[str]:
        with self._mutex:
            return self._queue.busy

    def _attend(self) -> None:
        """Hosts that came and went, and what others told of."""
        charge = self.following.charge
        if charge is None:
            return
        ours = [host for host in charge.desired.hosts if self.tenure.holds(host)]
        if charge.index.placed and self.tenure.holds(FLEET):
            ours.append(FLEET)
        now = time.monotonic()
        with self._mutex:
            changed = self._queue.set_hosts((host, now) for host in ours)
        if changed:
            self._pool.keep(ours)
            self._rounds.forget(charge.desired.hosts)
        self.wake(self.tenure.woken(), "told")

    def _dispatch(self, *, slow: bool) -> None:
        """Begins as many rounds as there are workers for."""
        while not self._stop.is_set() and not self.tenure.problem:
            with self._mutex:
                job = self._queue.take(time.monotonic(), slow=slow) if self._free[slow] else None
                if job is None:
                    return
                self._free[slow] -= 1
            # A round that hangs is left behind when we stop.
            threading.Thread(target=self._work_on, args=(job, slow), name=job.host, daemon=True).start()

    def _work_on(self, job: Job, slow: bool) -> None:
        try:
            self._round(job)
        finally:
            with self._mutex:
                self._free[slow] += 1
            self._work.set()

    def _round(self, job: Job) -> None:
        """One round, to its end in the queue. Never raises."""
        charge, store = self.charge, self.tenure.under(job.hosts)
        now = time.monotonic
        try:
            if charge is None or store is None:
                self.tenure.ask(job.hosts)
                self._ended(lambda queue: queue.widen(job, job.hosts, now(), _ASKED_AGAIN))
                return
            made = self._made(job, charge, store)
            if made.wider:
                self._ended(lambda queue: queue.widen(job, made.wider, now()))
                return
            self._reporting.write(job, charge, made, store)
            self._ended(lambda queue: self._requeue(queue, job, made))
            self.wake(made.touched - {job.host}, "acted upon", delay=_VERIFY)
        except Exception as error:  # noqa: BLE001 - a service outlives its own mistakes
            self._log(f"error: {job.host}: {_words(error)}")
            self._ended(lambda queue: queue.failed(job, now(), unreachable=False))

    def _made(self, job: Job, charge: Charge, store: OpenState) -> Made:
        if job.host == FLEET:
            return self._placed(charge, store)
        self._looks.begin(job.hosts)
        unseen = self._looks.missing(charge.desired.hosts.keys() - job.hosts)
        made = self._rounds.make(job, charge, store, unseen)
        self._looks.end(job.hosts)
        return made

    def _placed(self, charge: Charge, store: OpenState) -> Made:
        """The fleet's own round: hosts are chosen for those who need one, and these are woken."""
        chosen = self._placing.place(charge, store)
        self.tenure.ask(chosen)
        self.wake(chosen, "placed", afresh=True)
        return Made()

    def _ended(self, end: Callable[[HostQueue], None]) -> None:
        with self._mutex:
            end(self._queue)

    def _requeue(self, queue: HostQueue, job: Job, made: Made) -> None:
        now, interval = time.monotonic(), self._settings.interval
        if made.unreachable or made.failed:
            longest = LONGEST_PAUSE if made.unreachable else max(interval, FIRST_PAUSE)
            queue.failed(job, now, unreachable=made.unreachable, longest=longest)
            return
        due = _VERIFY if made.touched else next_pause(interval, self._settings.jitter)
        if made.until is not None:
            due = min(due, max(_VERIFY, made.until - time.time()))
        queue.done(job, now, now + due)

    def _pause(self) -> float:
        with self._mutex:
            return min(_TICK, max(0.01, self._queue.next_due() - time.monotonic()))

    def _finish(self) -> None:
        """Waits for the actions that run; what only looks is left behind."""
        deadline = time.monotonic() + self._settings.deadline
        while self._rounds.executing and time.monotonic() < deadline:
            self._beat()
            self._work.wait(0.1)
            self._work.clear()


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, StateError | DriverError | Fault) else told(error)
