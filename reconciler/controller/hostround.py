"""One host's round: looked at in full, planned by its own part of the tree, and done."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from drivers.base import Change
from reconciler.controller.charge import Charge
from reconciler.controller.fights import fights_in, without_fights
from reconciler.controller.queue import HostJob
from reconciler.controller.review import Review
from reconciler.counting import Counters
from reconciler.engine.joined import HostPool, JoinedHosts
from reconciler.engine.regional import Chosen, Sight, Wider, plan_region, see
from reconciler.engine.round import ExecutionOptions, Planned, Round, bad, carry_out
from reconciler.engine.turns import with_turns
from reconciler.execute.context import Progress
from reconciler.operations import Restart
from reconciler.plan.model import Outcome, Plan, Result
from reconciler.plan.region import hosts_concerned
from reconciler.plan.unseen import once_all_were_looked_at, once_settled
from reconciler.report.happened import woken_by
from specs.identity import Address, Kind
from state import OpenState

_LOOKED_BY_THEN = 1.0
"""Seconds in which the other hosts of a fleet are looked at for the first time, or soon after."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a round came to: whether an action failed, whether something is left as it is that a person has to
    look at (`stuck`), whether the host did not answer, the hosts that it has to be made anew with (`wider`),
    those that it acted upon (`touched`), and when something that waits is to be done (seconds since the
    epoch). `fights` is what was held back because it was healed again and again."""

    failed: bool = False
    stuck: bool = False
    unreachable: bool = False
    wider: frozenset[str] = frozenset()
    touched: frozenset[str] = frozenset()
    until: float | None = None
    planned: Planned | None = None
    outcomes: tuple[Outcome, ...] = ()
    fights: frozenset[Address] = frozenset()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Around:
    """What a round has to know that neither looking nor the state tells: the hosts that nobody has looked at
    yet, and what is on its way to something else on its own."""

    unseen: Collection[str] = ()
    unsettled: Collection[tuple[Kind, str]] = ()
    changes: Collection[Change] = ()
    """What the host told of until the round began."""


@dataclass(frozen=True, slots=True)
class RoundSettings:
    """How rounds are made: under which name, what stops them and who is told of their progress; what of a
    plan is left out because nobody is there to be asked; whether nothing is changed (`observe`)."""

    execution: ExecutionOptions
    review: Review
    counters: Counters = field(default_factory=Counters)
    observe: bool = False


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What a host was like when nothing had to be done about it, and under which charge."""

    charge: Charge
    sight: Sight
    made: Made


class HostRounds:
    """Makes rounds; remembers of each host what was settled, so that one where nothing changed costs a look
    and no more. Shared by threads, as long as no two are in a round over the same host."""

    def __init__(self, settings: RoundSettings, pool: HostPool) -> None:
        self._settings, self._pool = settings, pool
        self._machines: dict[str, str] = {}
        self._settled: dict[str, _Remembered] = {}
        self._executing: set[str] = set()
        self._mutex = threading.Lock()

    @property
    def executing(self) -> frozenset[str]:
        """The hosts for whose rounds actions may be running."""
        with self._mutex:
            return frozenset(self._executing)

    def make(self, job: HostJob, charge: Charge, store: OpenState, around: Around) -> Made:
        """One round. Raises what the state raises; what hosts do is part of what it came to."""
        begun = time.monotonic()
        hosts = {name for name in job.hosts if name in charge.desired.hosts}
        joined = self._pool.of(hosts, charge.desired)
        chosen = Chosen(charge.homes, self._known_machines(), charge.shrunk)
        sight = see(charge.index, job.host, hosts, joined, store, chosen)
        if isinstance(sight, Wider):
            return Made(wider=sight.hosts)
        self._note_machines(sight)
        settled = self._still_settled(job.host, charge, sight)
        if settled is not None:
            return replace(settled, seconds=time.monotonic() - begun)
        planned = plan_region(charge.index, job.host, sight, joined, store, charge.options, chosen)
        concerned = hosts_concerned(charge.index, planned.plan)
        if not concerned <= job.hosts:
            return Made(wider=concerned | job.hosts)
        early = once_all_were_looked_at(planned.plan, sight.records, around.unseen)
        plan = once_settled(early, job.host, around.unsettled)
        made = self._done(job, charge, replace(planned, plan=plan), joined, store, around)
        made = replace(made, seconds=time.monotonic() - begun)
        if early is not planned.plan:
            made = replace(made, until=time.time() + _LOOKED_BY_THEN)
        self._remember(job.host, charge, sight, made)
        return made

    def keep(self, hosts: Collection[str]) -> None:
        """What is known of all other hosts is forgotten."""
        with self._mutex:
            for host in self._machines.keys() - set(hosts):
                self._machines.pop(host, None)
                self._settled.pop(host, None)

    def _done(
        self,
        job: HostJob,
        charge: Charge,
        planned: Planned,
        joined: JoinedHosts,
        store: OpenState,
        around: Around,
    ) -> Made:
        review, plan = self._settings.review, planned.plan
        policy = charge.desired.fleet.fights
        fights = fights_in(plan, store.actions_on, policy, time.time(), charge.edited)
        plan = without_fights(plan, fights)
        planned = replace(planned, plan=plan if self._settings.observe else with_turns(plan, store))
        reviewed = review.allowed(planned)
        review.tell(job.host, planned, reviewed, woken_by(job.why, around.changes))
        outcomes: tuple[Outcome, ...] = ()
        if not self._settings.observe:
            outcomes = self._carried_out(job, charge, reviewed, joined, store)
        return Made(
            failed=bad(outcomes),
            stuck=Round(reviewed, outcomes).failed,
            unreachable=job.host in plan.unreachable,
            touched=_touched(reviewed.plan) if outcomes else frozenset(),
            until=reviewed.plan.until,
            planned=reviewed,
            outcomes=outcomes,
            fights=frozenset(fights),
        )

    def _carried_out(
        self, job: HostJob, charge: Charge, planned: Planned, joined: JoinedHosts, store: OpenState
    ) -> tuple[Outcome, ...]:
        given = self._settings.execution

        def told(step: Progress) -> None:
            if step.outcome is not None and step.outcome.result is not Result.DEFERRED:
                self._settings.counters.action_ended(
                    step.action.verb, step.outcome.result, step.outcome.seconds
                )
            given.progress(step)

        execution = replace(given, cause=job.why, slots=charge.slots, progress=told)
        with self._mutex:
            self._executing.add(job.host)
        try:
            return carry_out(planned, joined, store, execution)
        finally:
            with self._mutex:
                self._executing.discard(job.host)

    def _still_settled(self, host: str, charge: Charge, sight: Sight) -> Made | None:
        """What the last round came to, where nothing is different now."""
        before = self._settled.get(host)
        if before is None or before.charge is not charge or not sight.same_as(before.sight):
            return None
        if before.made.until is not None and time.time() >= before.made.until:
            return None
        return replace(before.made, outcomes=(), touched=frozenset())

    def _remember(self, host: str, charge: Charge, sight: Sight, made: Made) -> None:
        """Only where looking again is all that it takes to know that nothing is to be done."""
        self._settled.pop(host, None)
        open_ended = made.failed or made.stuck or made.unreachable or made.touched or _may_end(made)
        if not open_ended and not charge.depends_on_values(sight.addresses):
            self._settled[host] = _Remembered(charge, sight, made)

    def _known_machines(self) -> Mapping[str, str]:
        with self._mutex:
            return dict(self._machines)

    def _note_machines(self, sight: Sight) -> None:
        with self._mutex:
            for name, inventory in sight.observed.inventories.items():
                self._machines[name] = inventory.identity


def _may_end(made: Made) -> bool:
    """Whether something is held back for a reason that may end without any other look, or time, telling so: a
    disk that is copied, a guest that reboots, a host that nobody has looked at."""
    plan = made.planned.plan if made.planned else None
    return plan is not None and any(
        action.deferred and action.until is None and not isinstance(action.operation, Restart)
        for action in plan.actions
    )


def _touched(plan: Plan) -> frozenset[str]:
    """The hosts that actions were for."""
    return frozenset(host for action in plan.actions if not action.deferred for host in action.hosts)
