"""One round of a host, from when it is begun to when the host is due again."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from drivers.base import Change
from drivers.base.errors import DriverError
from reconciler.controller.attention import Attention
from reconciler.controller.charge import Charge
from reconciler.controller.first_looks import FirstLooks
from reconciler.controller.hostround import Around, HostRounds, Made
from reconciler.controller.placing import Placing
from reconciler.controller.queue import FIRST_PAUSE, LONGEST_PAUSE, HostJob, HostQueue
from reconciler.controller.reporting import Reporting
from reconciler.controller.tenure import Tenure
from reconciler.controller.triggers import next_pause
from reconciler.controller.watching import Watching
from reconciler.counting import Counters
from reconciler.faults import Fault
from reconciler.log import Log
from reconciler.mishaps import told
from specs.identity import Address, Kind
from state import LeaseLost, OpenState, StateError
from state.claims import FLEET

_ASKED_AGAIN = 1.0
"""Seconds until a round is tried again for whose sake others were asked for hosts."""

_VERIFY = 0.5
"""Seconds after which a host is looked at again where something was done."""

_SOON = 2.0
"""Seconds in which the others' first looks are waited for where each host has one round."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between two looks at a host and their jitter (0 to 1); `once`, each host has one."""

    interval: float
    jitter: float
    once: bool = False


@dataclass(slots=True)
class Rounding:
    """Rounds, in as many threads as begin them. `charge` gives what is in force. `rounded` are the hosts that
    had one, `failed` says whether anything was left undone."""

    attention: Attention
    tenure: Tenure
    rounds: HostRounds
    watching: Watching
    placing: Placing
    looks: FirstLooks
    charge: Callable[[], Charge | None]
    rhythm: Rhythm
    counters: Counters
    log: Log
    reporting: Reporting = field(default_factory=Reporting)
    rounded: set[str] = field(default_factory=set)
    failed: bool = False

    def work(self, job: HostJob) -> None:
        """One round, to its end in the queue. Never raises."""
        charge, store = self.charge(), self.tenure.under(job.hosts)
        try:
            if charge is None or store is None:
                self._widen(job, job.hosts)
                return
            made = self._placed(charge, store) if job.host == FLEET else self._made(job, charge, store)
            if made.wider:
                self._widen(job, made.wider)
                return
            self._count(job, made)
            self.attention.end(lambda queue, now: self._requeue(queue, now, job, made))
            self.attention.wake(made.touched - {job.host}, "acted upon", delay=_VERIFY)
        except LeaseLost as error:
            self.counters.refused()
            self._undone(job, error)
        except Exception as error:  # noqa: BLE001 - a service outlives its own mistakes
            self._undone(job, error)

    def _widen(self, job: HostJob, hosts: Collection[str]) -> None:
        """The round is made anew with these hosts; those that are others' are asked for, and take a while."""
        missing = [host for host in hosts if not self.tenure.holds(host)]
        self.tenure.ask(missing)
        delay = _ASKED_AGAIN if missing else 0.0
        self.attention.end(lambda queue, now: queue.widen(job, hosts, now, delay))

    def _made(self, job: HostJob, charge: Charge, store: OpenState) -> Made:
        self.looks.begin(job.hosts)
        unseen = self.looks.missing(charge.desired.hosts.keys() - job.hosts)
        # What was told until now, this look sees.
        changes = (*self.watching.looking(job.hosts), *self.attention.told_of(job.host))
        around = Around(unseen, self.watching.unsettled(job.host), changes)
        made = self.rounds.make(job, charge, store, around)
        if not made.wider:
            self.looks.end(job.hosts)
            self.reporting.write(job.host, self.tenure.controller, charge, made, store, _said(changes))
        return made

    def _placed(self, charge: Charge, store: OpenState) -> Made:
        """The fleet's own round: hosts are chosen for those who need one, and these are woken."""
        chosen = self.placing.place(charge, store)
        self.reporting.write_unplaced(self.tenure.controller, charge, self.placing.unplaced, store)
        self.tenure.ask(chosen)
        self.attention.wake(chosen, "placed", afresh=True)
        return Made()

    def _count(self, job: HostJob, made: Made) -> None:
        self.rounded.add(job.host)
        self.failed = self.failed or made.failed or made.stuck
        if job.woken is not None and job.why == "event" and made.touched and not made.failed:
            self.counters.healed(time.monotonic() - job.woken)

    def _undone(self, job: HostJob, error: Exception) -> None:
        known = isinstance(error, StateError | DriverError | Fault)
        self.log(f"error: {error if known else told(error)}", host=job.host)
        self.failed = True
        self.rounded.add(job.host)
        self.attention.end(lambda queue, now: queue.failed(job, now, unreachable=False))

    def _requeue(self, queue: HostQueue, now: float, job: HostJob, made: Made) -> None:
        """When the host is due again."""
        interval = self.rhythm.interval
        if self.rhythm.once:
            soon = made.until is not None and made.until - time.time() < _SOON
            queue.done(job, now, now + _ASKED_AGAIN if soon else float("inf"))
        elif made.unreachable or made.failed:
            longest = LONGEST_PAUSE if made.unreachable else max(interval, FIRST_PAUSE)
            queue.failed(job, now, unreachable=made.unreachable, longest=longest)
        else:
            due = _VERIFY if made.touched else next_pause(interval, self.rhythm.jitter)
            if made.until is not None:
                due = min(due, max(_VERIFY, made.until - time.time()))
            queue.done(job, now, now + due)


def _said(changes: tuple[Change, ...]) -> Mapping[Address, str]:
    """What events said of domains."""
    return {
        Address(Kind.DOMAIN, change.name): change.detail or str(change.what)
        for change in changes
        if change.kind is Kind.DOMAIN and change.name
    }
