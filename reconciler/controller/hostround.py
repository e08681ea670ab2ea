"""One host's round: looked at in full, planned by its own part of the tree, done, and told how it stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from reconciler.controller.charge import Charge
from reconciler.controller.queue import Job
from reconciler.engine.joined import HostPool, JoinedHosts
from reconciler.engine.regional import Chosen, Sight, Wider, plan_region, see
from reconciler.engine.round import ExecutionOptions, Planned, Round, bad, carry_out
from reconciler.plan.model import Outcome, Plan
from reconciler.plan.unseen import once_all_were_looked_at
from state import OpenState

_LOOKED_BY_THEN = 1.0
"""Seconds in which the other hosts of a fleet are looked at for the first time, or soon after."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a round came to: whether an action failed, whether something is left as it is that a person has to
    look at (`stuck`), whether the host did not
    answer, the hosts that it has to be made anew with (`wider`), those that it acted upon (`touched`), and
    when something that waits is to be done (seconds since the epoch)."""

    failed: bool = False
    stuck: bool = False
    unreachable: bool = False
    wider: frozenset[str] = frozenset()
    touched: frozenset[str] = frozenset()
    until: float | None = None
    planned: Planned | None = None
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class RoundSettings:
    """How rounds are made: under which name, what stops them, how many actions at once on one host (None
    leaves it to the fleet), whether nothing is changed (`observe`), what of a plan is left out because nobody
    is there to be asked (`review`), and who is told of what is done (`began`, with the plan)."""

    execution: ExecutionOptions
    review: Callable[[Planned], Planned]
    began: Callable[[str, Planned], None]
    observe: bool = False


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What a host was like when nothing had to be done about it, and under which charge."""

    charge: Charge
    sight: Sight
    made: Made


@dataclass
class HostRounds:
    """Makes rounds; remembers of each host what was settled, so that one where nothing changed costs a look
    and no more. Shared by threads, as long as no two are in a round over the same host."""

    settings: RoundSettings
    pool: HostPool
    machines: dict[str, str] = field(default_factory=dict)
    executing: set[str] = field(default_factory=set)
    """The hosts for whose rounds actions may be running."""

    _settled: dict[str, _Remembered] = field(default_factory=dict)

    def make(self, job: Job, charge: Charge, store: OpenState, unseen: Collection[str] = ()) -> Made:
        """One round; `unseen` are the hosts that nobody has looked at yet. Raises what the state raises; what
        hosts do is part of what it came to."""
        host = job.host
        hosts = {name for name in job.hosts if name in charge.desired.hosts}
        joined = self.pool.of(hosts, charge.desired)
        chosen = Chosen(charge.homes, dict(self.machines), charge.shrunk)
        sight = see(charge.index, host, hosts, joined, store, chosen)
        if isinstance(sight, Wider):
            return Made(wider=sight.hosts)
        self._note_machines(sight)
        before = self._settled.get(host)
        if before is not None and before.charge is charge and sight.same_as(before.sight) and _lasts(before):
            return replace(before.made, outcomes=(), touched=frozenset())
        planned = plan_region(charge.index, host, sight, joined, store, charge.options, chosen)
        plan = once_all_were_looked_at(planned.plan, sight.records, unseen)
        waits = plan is not planned.plan
        planned = replace(planned, plan=plan)
        made = self._done(job, charge, planned, joined, store)
        if waits:
            return replace(made, until=time.time() + _LOOKED_BY_THEN)
        self._remember(host, charge, sight, made)
        return made

    def forget(self, hosts: Collection[str]) -> None:
        """What is known of all other hosts is forgotten."""
        for host in self.machines.keys() - set(hosts):
            self.machines.pop(host, None)
            self._settled.pop(host, None)

    def _done(
        self, job: Job, charge: Charge, planned: Planned, joined: JoinedHosts, store: OpenState
    ) -> Made:
        planned = self.settings.review(planned)
        self.settings.began(job.host, planned)
        outcomes: tuple[Outcome, ...] = ()
        if not self.settings.observe:
            execution = replace(self.settings.execution, cause=job.why, slots=charge.slots)
            self.executing.add(job.host)
            try:
                outcomes = carry_out(planned, joined, store, execution)
            finally:
                self.executing.discard(job.host)
        acted = {action.host for action in planned.plan.actions if not action.deferred}
        acted |= {host for action in planned.plan.changes for host in action.hosts}
        plan = planned.plan
        return Made(
            failed=bad(outcomes),
            stuck=Round(planned, outcomes).failed,
            unreachable=job.host in plan.unreachable,
            touched=frozenset(acted) if not self.settings.observe else frozenset(),
            until=_until(plan),
            planned=planned,
            outcomes=outcomes,
        )

    def _remember(self, host: str, charge: Charge, sight: Sight, made: Made) -> None:
        """Only where looking again is all that it takes to know that nothing is to be done."""
        self._settled.pop(host, None)
        if made.failed or made.unreachable or made.touched or charge.depends_on_values(sight.addresses):
            return
        self._settled[host] = _Remembered(charge, sight, made)

    def _note_machines(self, sight: Sight) -> None:
        for name, inventory in sight.observed.inventories.items():
            self.machines[name] = inventory.identity


def _lasts(remembered: _Remembered) -> bool:
    return remembered.made.until is None or time.time() < remembered.made.until


def _until(plan: Plan) -> float | None:
    """When the first of what waits comes, as far as that is known."""
    return min((a.until for a in plan.actions if a.deferred and a.until is not None), default=None)
