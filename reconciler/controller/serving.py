"""Serving one fleet under one state: hosts are claimed and watched, and each has rounds of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from reconciler.controller.aside import Aside
from reconciler.controller.attention import Attention
from reconciler.controller.charge import Charge
from reconciler.controller.first_looks import FirstLooks
from reconciler.controller.following import Following
from reconciler.controller.hostround import HostRounds, RoundSettings
from reconciler.controller.news import Overdue
from reconciler.controller.placing import Placing
from reconciler.controller.rounding import Rhythm, Rounding
from reconciler.controller.takeovers import Takeovers
from reconciler.controller.tenure import Tenure
from reconciler.controller.trees import TreeKeeper
from reconciler.controller.watching import Watching
from reconciler.engine.joined import HostPool
from reconciler.engine.round import ExecutionOptions
from reconciler.execute.context import Progress
from reconciler.log import Log
from specs.desired import Desired
from state import OpenState
from state.claims import FLEET, TTL

_SLOW_WORKERS = 4
"""Workers for hosts that did not answer the last time: those that do never wait for them."""

_ASKS = 0.25
"""Seconds between two looks whether somebody told of a host."""


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

    once: bool = False
    """Whether it ends when every host had its round."""

    late: float = 180.0
    """Seconds after which a host has not been looked at in time."""

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
        self._settings, self._stop, self._beat = settings, stop, beat
        self._attention = Attention(settings.workers, _SLOW_WORKERS)
        self._pool = HostPool(readonly=settings.rounds.observe)
        self._watching = Watching(self._pool.subscribe, self._attention.happened, settings.log)
        self._rounds = HostRounds(replace(settings.rounds, execution=self._watched()), self._pool)
        self._placing = Placing()
        self._aside = Aside(settings.log)
        self._asked, self._heard = 0.0, frozenset[str]()
        self._overdue = Overdue(store, settings.late)
        self.following = Following(
            settings.keeper, store, settings.follow, wake_source, self._tree_changed, settings.log
        )
        self.tenure = Tenure(
            store,
            settings.name,
            settings.ttl,
            self._names,
            lambda: self._attention.busy,
            self._attention.nudge,
            settings.log,
            Takeovers(settings.rounds.counters),
        )
        self._rounding = Rounding(
            self._attention,
            self.tenure,
            self._rounds,
            self._watching,
            self._placing,
            FirstLooks(store, settings.patience),
            lambda: self.charge,
            Rhythm(settings.interval, settings.jitter, settings.once),
            settings.rounds.counters,
            settings.log,
        )

    @property
    def charge(self) -> Charge | None:
        """What is in force, with the hosts that placement chose."""
        charge = self.following.charge
        return self._placing.added_to(charge) if charge is not None else None

    @property
    def failed(self) -> bool:
        """Whether a round left something undone."""
        return self._rounding.failed

    @property
    def waiting(self) -> int:
        """How many hosts are due and not in a round."""
        return self._attention.waiting

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
                self._attend()
                self._dispatch()
                self._beat()
                self._attention.wait()
        finally:
            self.following.stop()
            self._watching.stop()
            self._finish()
            self.tenure.stop()
            self._pool.close()

    def _tree_changed(self, hosts: Collection[str], why: str) -> None:
        self._attention.wake(hosts, why, afresh=True)

    def _watched(self) -> ExecutionOptions:
        """What is done here is no news when it is told of."""
        execution = self._settings.rounds.execution

        def told_of(step: Progress) -> None:
            if step.outcome is None:
                self._watching.acting(step.action)
            execution.progress(step)

        return replace(execution, progress=told_of)

    def _names(self) -> Collection[str]:
        charge = self.following.charge
        return charge.desired.hosts.keys() if charge is not None else ()

    def _attend(self) -> None:
        """Hosts that came and went, and what others told of."""
        charge, now = self.following.charge, time.monotonic()
        if charge is None:
            return
        ours = [host for host in charge.desired.hosts if self.tenure.holds(host)]
        placing = [FLEET] if charge.index.placed and self.tenure.holds(FLEET) else []
        if self._attention.set_hosts((*placing, *ours)):
            self._pool.keep(ours)
            self._rounding.reporting.keep(ours)
            self._rounds.keep(charge.desired.hosts)
        self._watch([host for host in ours if host in self._rounding.rounded])
        if now >= self._asked + _ASKS and self._aside.begin(lambda: self._ask(charge)):
            self._asked = now

    def _ask(self, charge: Charge) -> None:
        """What the state says, and is told: a database that hangs does not hold the loop up."""
        self._attention.wake(self.tenure.woken(), "told")
        if self.tenure.holds(FLEET):
            self._overdue.tell(charge.desired.hosts)

    def _watch(self, hosts: Collection[str]) -> None:
        """Watches what was looked at once, for there is a connection then."""
        if not self._settings.once and self._heard != set(hosts):
            self._heard = frozenset(hosts)
            self._watching.keep(hosts)

    def _dispatch(self) -> None:
        """Begins as many rounds as there are workers for."""
        self._attention.reclaim(self._rounds.executing)
        for slow in (False, True):
            while not self._stop.is_set() and not self.tenure.problem:
                if not self._attention.begin(self._rounding.work, slow=slow):
                    break

    def _all_done(self) -> bool:
        """Of a service that makes one round: whether every host had it, and whatever that led to."""
        charge = self.following.charge
        if not self._settings.once:
            return False
        if charge is None or self.tenure.problem:
            hopeless = self.tenure.refused or (bool(self.following.problems) and charge is None)
            self._rounding.failed = self._rounding.failed or hopeless
            return hopeless
        return self._attention.idle and self._rounding.rounded >= charge.desired.hosts.keys()

    def _finish(self) -> None:
        """Waits for the actions that run; what only looks is left behind."""
        deadline = time.monotonic() + self._settings.deadline
        while self._rounds.executing and time.monotonic() < deadline:
            self._beat()
            self._attention.wait(0.1)
