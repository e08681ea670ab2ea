"""Serving one fleet under one state: hosts are claimed and watched, and each has rounds of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from drivers.base import Change
from drivers.base.errors import DriverError
from reconciler.controller.charge import Charge
from reconciler.controller.first_looks import FirstLooks
from reconciler.controller.following import Following
from reconciler.controller.hostround import HostRounds, Made, RoundSettings, Surroundings
from reconciler.controller.placing import Placing
from reconciler.controller.queue import FIRST_PAUSE, LONGEST_PAUSE, HostQueue, Job
from reconciler.controller.reporting import Reporting
from reconciler.controller.settling import Wake
from reconciler.controller.tenure import Tenure
from reconciler.controller.trees import TreeKeeper
from reconciler.controller.triggers import next_pause
from reconciler.controller.watching import Watching
from reconciler.engine.joined import HostPool
from reconciler.engine.round import ExecutionOptions
from reconciler.execute.context import Progress
from reconciler.faults import Fault
from reconciler.log import Log
from reconciler.mishaps import told
from specs.desired import Desired
from specs.identity import Address, Kind
from state import LeaseLost, OpenState, StateError
from state.claims import FLEET, TTL

_SLOW_WORKERS = 4
"""Workers for hosts that did not answer the last time: those that do never wait for them."""

_TICK = 1.0
"""Seconds after which the loop goes round at the latest."""

_ASKED_AGAIN = 1.0
"""Seconds until a round is tried again for whose sake others were asked for hosts."""

_ASKS = 0.25
"""Seconds between two looks whether somebody told of a host."""

_VERIFY = 0.5
"""Seconds after which a host is looked at again where something was done."""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What a service is told: its `name`, seconds between two looks at a host and their jitter (0 to 1), how
    often its source is looked at (`follow`), how many hosts at once (`workers`), how the state of a tree is
    opened, how rounds are made."""

    name: str
    keeper: TreeKeeper
    store: Callable[[Desired], AbstractContextManager[OpenState]]
    rounds: RoundSettings
    log: Log
    interval: float = 60.0
    jitter: float = 0.1
    follow: float = 60.0
    workers: int = 8
    ttl: float = TTL
    """Seconds without a beat after which a controller is taken for dead."""

    keep: float = 90 * 86400.0
    """Seconds that the journal is kept."""

    once: bool = False
    """Whether it ends when every host had its round."""

    patience: float = 10.0
    """Seconds after which a host that was never looked at counts as one that cannot be asked."""

    deadline: float = 60.0
    """Seconds that running actions have to end when it is to stop."""

    companions: Callable[[OpenState, Desired], AbstractContextManager[object]] = lambda *_: nullcontext()
    """What runs beside it while it has a state: the server that shows it, whoever sends notices."""


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
        self._queue, self._free = HostQueue(), {False: settings.workers, True: _SLOW_WORKERS}
        self._events: dict[str, tuple[Change, ...]] = {}
        self._rounded: set[str] = set()
        self._asked = 0.0
        self._watched_hosts: frozenset[str] = frozenset()
        self.failed = False
        """Whether the last round of any host left something undone."""

        self._counters = settings.rounds.counters
        self._pool = HostPool(readonly=settings.rounds.observe)
        self._watching = Watching(self._pool.subscribe, self._happened, settings.log)
        rounds = replace(settings.rounds, execution=self._watched(settings.rounds))
        self._rounds = HostRounds(rounds, self._pool)
        self._looks, self._placing = FirstLooks(store, settings.patience), Placing()
        self._reporting = Reporting()
        self.following = Following(
            settings.keeper, store, settings.follow, wake_source, self._tree_changed, settings.log
        )
        self.tenure = Tenure(
            store, settings.name, settings.ttl, self._names, self._busy, self._work.set, settings.log
        )

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

    @property
    def missing(self) -> tuple[str, ...]:
        """What it still needs before it does its work, without names."""
        needs = []
        if self.following.charge is None:
            needs.append("a tree that can be read")
        if self.tenure.problem:
            needs.append("the state")
        return tuple(needs)

    def run(self) -> None:
        """Until it is to stop, or the source's tree is another fleet's."""
        self._watching.start()
        self.following.start()
        self.tenure.start()
        try:
            while not self._stop.is_set() and self.following.ended is None and not self._all_done():
                self._work.clear()
                self._attend()
                for slow in (False, True):
                    self._dispatch(slow=slow)
                self._beat()
                self._work.wait(self._pause())
        finally:
            self.following.stop()
            self._watching.stop()
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

    def _happened(self, wake: Wake) -> None:
        with self._mutex:
            self._events[wake.host] = (*self._events.get(wake.host, ()), *wake.changes)
            self._queue.wake(wake.host, "event" if wake.changes else "watched anew", wake.since)
        self._work.set()

    def _watched(self, rounds: RoundSettings) -> ExecutionOptions:
        """What is done here is no news when it is told of."""
        given = rounds.execution.progress

        def told_of(step: Progress) -> None:
            if step.outcome is None and not step.note:
                self._watching.acting(step.action)
            given(step)

        return replace(rounds.execution, progress=told_of)

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
        placing = [FLEET] if charge.index.placed and self.tenure.holds(FLEET) else []
        now = time.monotonic()
        with self._mutex:
            changed = self._queue.set_hosts((host, now) for host in (*placing, *ours))
        if changed:
            self._pool.keep(ours)
            self._reporting.keep(ours)
            self._rounds.keep(charge.desired.hosts)
        self._watch([host for host in ours if host in self._rounded])
        if now >= self._asked + _ASKS:
            self._asked = now
            self.wake(self.tenure.woken(), "told")

    def _watch(self, hosts: Collection[str]) -> None:
        """Watches what was looked at once, for there is a connection then."""
        if not self._settings.once and self._watched_hosts != set(hosts):
            self._watched_hosts = frozenset(hosts)
            self._watching.keep(hosts)

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
        try:
            if charge is None or store is None:
                self.tenure.ask(job.hosts)
                self._ended(lambda queue, now: queue.widen(job, job.hosts, now, _ASKED_AGAIN))
                return
            made = self._made(job, charge, store)
            if made.wider:
                self._ended(lambda queue, now: queue.widen(job, made.wider, now))
                return
            self._told_of(job, made)
            self._ended(lambda queue, now: self._requeue(queue, now, job, made))
            self.wake(made.touched - {job.host}, "acted upon", delay=_VERIFY)
        except LeaseLost as error:
            self._counters.refused()
            self._undone(job, error)
        except Exception as error:  # noqa: BLE001 - a service outlives its own mistakes
            self._undone(job, error)

    def _made(self, job: Job, charge: Charge, store: OpenState) -> Made:
        if job.host == FLEET:
            return self._placed(charge, store)
        self._looks.begin(job.hosts)
        unseen = self._looks.missing(charge.desired.hosts.keys() - job.hosts)
        changes = self._changes(job)
        around = Surroundings(unseen, self._watching.unsettled(job.host))
        made = self._rounds.make(job, charge, store, around)
        if not made.wider:
            self._looks.end(job.hosts)
            self._reporting.write(job.host, self.tenure.controller, charge, made, store, _said(changes))
        return made

    def _changes(self, job: Job) -> tuple[Change, ...]:
        """What was told of the host, which this look sees."""
        seen = self._watching.looking(job.hosts)
        with self._mutex:
            return (*self._events.pop(job.host, ()), *seen)

    def _placed(self, charge: Charge, store: OpenState) -> Made:
        """The fleet's own round: hosts are chosen for those who need one, and these are woken."""
        chosen = self._placing.place(charge, store)
        self._reporting.write_unplaced(self.tenure.controller, charge, self._placing.unplaced, store)
        self.tenure.ask(chosen)
        self.wake(chosen, "placed", afresh=True)
        return Made()

    def _told_of(self, job: Job, made: Made) -> None:
        self._rounded.add(job.host)
        self.failed = self.failed or made.failed or made.stuck
        if job.woken is not None and job.why == "event" and made.touched and not made.failed:
            self._counters.healed(time.monotonic() - job.woken)

    def _undone(self, job: Job, error: Exception) -> None:
        known = isinstance(error, StateError | DriverError | Fault)
        self._log(f"error: {error if known else told(error)}", host=job.host)
        self.failed = True
        self._rounded.add(job.host)
        self._ended(lambda queue, now: queue.failed(job, now, unreachable=False))

    def _ended(self, end: Callable[[HostQueue, float], None]) -> None:
        with self._mutex:
            end(self._queue, time.monotonic())

    def _requeue(self, queue: HostQueue, now: float, job: Job, made: Made) -> None:
        interval = self._settings.interval
        if self._settings.once:
            queue.done(job, now, now + self._again_once(made))
        elif made.unreachable or made.failed:
            longest = LONGEST_PAUSE if made.unreachable else max(interval, FIRST_PAUSE)
            queue.failed(job, now, unreachable=made.unreachable, longest=longest)
        else:
            due = _VERIFY if made.touched else next_pause(interval, self._settings.jitter)
            if made.until is not None:
                due = min(due, max(_VERIFY, made.until - time.time()))
            queue.done(job, now, now + due)

    def _again_once(self, made: Made) -> float:
        """Seconds until a host has another round, where each has one: only what waits for others' looks."""
        soon = made.until is not None and made.until - time.time() < 2 * _TICK
        return _TICK if soon else float("inf")

    def _all_done(self) -> bool:
        """Of a service that makes one round: whether every host had it, and whatever that led to."""
        charge = self.following.charge
        if not self._settings.once or charge is None or self.tenure.problem:
            return self._settings.once and self._given_up()
        with self._mutex:
            idle = not self._queue.busy and self._queue.next_due() == float("inf")
        return idle and self._rounded >= charge.desired.hosts.keys()

    def _given_up(self) -> bool:
        """Whether the one round cannot be made."""
        hopeless = self.tenure.refused or (bool(self.following.problems) and self.following.charge is None)
        self.failed = self.failed or hopeless
        return hopeless

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


def _said(changes: tuple[Change, ...]) -> Mapping[Address, str]:
    """What events said of domains."""
    return {
        Address(Kind.DOMAIN, change.name): change.detail or str(change.what)
        for change in changes
        if change.kind is Kind.DOMAIN and change.name
    }
