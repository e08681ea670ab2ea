"""A round: look, plan, execute, record. The command line and the controller are its callers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.hosts import Connections
from reconciler.engine.look import known_of, look, recall
from reconciler.engine.questions import Answerer, with_capabilities
from reconciler.engine.references import with_secrets
from reconciler.engine.sealing import Sealer
from reconciler.engine.turns import begin_turns, end_turns, with_tickets
from reconciler.place import as_they_are, assign, needs_room
from reconciler.plan import Options, Plan, World, make_plan
from reconciler.plan.converged import stamped_anew, unchanged_by_upgrades
from reconciler.plan.decided import restarts_tried, with_decisions
from reconciler.plan.formerly import renaming
from reconciler.plan.guard import without_data_loss
from reconciler.plan.model import Outcome, Result, Status
from reconciler.plan.questions import (
    about_differences,
    about_moves,
    about_owners,
    about_removals,
    about_values,
)
from reconciler.plan.reserving import with_their_macs
from reconciler.plan.sanity import beyond_hosts
from reconciler.plan.scope import scope_of
from reconciler.plan.strangers import without_strangers
from reconciler.report import text
from reconciler.underway import doing
from specs.desired import Desired
from specs.identity import Kind
from state import OpenState
from state.decisions import Verb
from state.journal import Keep

if TYPE_CHECKING:
    from reconciler.execute import ExecutionContext, Progress
    from reconciler.execute.slots import MoveSlots

_BAD = frozenset({Result.FAILED, Result.SKIPPED})


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with the world that it was made from, and the tree with a host for everybody."""

    plan: Plan
    world: World
    desired: Desired


@dataclass(frozen=True, slots=True)
class Round:
    """What was planned, and what became of it."""

    planned: Planned
    outcomes: tuple[Outcome, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something is not as declared that should be: an action failed, a resource is blocked or
        a host was not reached."""
        return stuck(self.planned.plan) or bad(self.outcomes)


def stuck(plan: Plan) -> bool:
    """Whether something cannot be as declared: a resource is blocked, or a host was not reached."""
    cannot = (Status.BLOCKED, Status.UNREACHABLE)
    return bool(plan.unreachable) or any(verdict.status in cannot for verdict in plan.verdicts)


def bad(outcomes: tuple[Outcome, ...]) -> bool:
    """Whether an action failed, or was skipped for another that did."""
    return any(outcome.result in _BAD for outcome in outcomes)


@dataclass(frozen=True, slots=True)
class ExecutionOptions:
    """How a plan is executed: under which name the journal keeps it, how many actions run at once (None
    leaves it to the fleet), what stops it, and who is told of its progress."""

    name: str
    cancel: threading.Event
    parallel: int | None = None
    progress: Callable[[Progress], None] = lambda _: None
    saved: str = ""
    """The name of the saved plan that is executed."""

    keep: Keep = Keep()
    """How much of the journal is kept."""

    slots: MoveSlots | None = None
    """Places for moves that it shares with others that are executed at the same time."""

    cause: str = ""
    """Why it is done now: '' when a person asked for it."""


def plan(desired: Desired, hosts: Connections, store: OpenState, options: Options) -> Planned:
    """Looks at every host and at the state, asks what the planner has to know, and plans. Nothing is
    changed."""
    sealer = sealed_by(hosts, store)
    observed = look(hosts, known_of(hosts.drivers, store))
    world = World(observed, recall(store, observed))
    return plan_from(desired, world, hosts, store, options, sealer)


def sealed_by(hosts: Connections, store: OpenState) -> Sealer:
    """What seals the documents of hosts from now on, by the state's key."""
    sealer = Sealer(store.sealing_key)
    hosts.seal(sealer)
    return sealer


def plan_from(
    desired: Desired,
    world: World,
    hosts: Connections,
    store: OpenState,
    options: Options,
    sealer: Sealer,
) -> Planned:
    """Plans from what was seen: asks what the planner has to know besides."""
    desired, options = _within_ceiling(with_decisions(desired, world), options)
    regional = options.regional
    world = without_strangers(world, options.accepted, regional.machines if regional else None)
    answerer = Answerer(desired, hosts, store)
    if regional is not None:
        desired, unplaced = as_they_are(desired, renaming(desired, world).world, regional.homes)
    else:
        if needs_room(desired, world):
            world = with_capabilities(world, hosts, world.inventories.keys())
        desired, unplaced = assign(desired, renaming(desired, world).world)
    desired = with_their_macs(desired, renaming(desired, world).world)
    world = replace(world, answers=replace(world.answers, unplaced=unplaced))
    scope = scope_of(desired, world, options)
    world = answerer.answer(about_values(desired, world, scope), world)
    desired, unresolved = with_secrets(desired, scope, store, sealer)
    world = answerer.answer(about_moves(desired, world, scope), world)
    world = answerer.answer(about_owners(world), world)
    world = answerer.answer(about_removals(desired, world, options), world)
    world = answerer.answer(about_differences(desired, world, options), world)
    world = with_tickets(world, desired, options, store)
    with doing(f"planning {len(desired.resources)} resources"):
        made = make_plan(desired, world, options)
    if not desired.guard.ceiling(desired.fleet.name).data_loss:
        made = without_data_loss(
            made, f"destroys data, which {desired.guard.named} (ceilings) never lets happen"
        )
    warnings = (*map(str, desired.warnings), *answerer.warnings, *unresolved, *made.warnings)
    if not options.destroy and not options.release:
        warnings += tuple(beyond_hosts(made, desired, world))
    return Planned(replace(made, warnings=warnings), world, desired)


def carry_out(
    planned: Planned, hosts: Connections, store: OpenState, execution: ExecutionOptions
) -> tuple[Outcome, ...]:
    """Executes a plan as a run of the journal; a plan without anything to do only refreshes records."""
    from reconciler.execute import execute

    plan, desired = planned.plan, planned.desired
    busy = any(not action.deferred for action in plan.actions)
    run = _begun(plan, store, execution) if busy else 0
    # Before anything is done: of what is removed now, it is dropped with the record.
    store.note_origins({address: d.origin.file for address, d in desired.resources.items()})
    store.note_versions(unchanged_by_upgrades(plan, planned.world))
    store.note_stamps(stamped_anew(planned.world))
    begin_turns(plan, store)
    outcomes = execute(
        plan,
        _context(planned, hosts, store, run, execution.slots),
        parallel=execution.parallel or desired.fleet.parallel,
        progress=execution.progress,
        cancel=execution.cancel,
    )
    end_turns(plan, outcomes, store, stopped=execution.cancel.is_set())
    for decision in restarts_tried(planned.world.recorded.decisions, outcomes):
        store.end_decision(Verb.RESTART, decision.subject, decision.author)
    if busy:
        status = "interrupted" if execution.cancel.is_set() else "failed" if bad(outcomes) else "done"
        store.finish_run(run, status, text.outcomes_summary(outcomes), execution.keep)
    return outcomes


def _begun(plan: Plan, store: OpenState, execution: ExecutionOptions) -> int:
    return store.begin_run(execution.name, plan.root, plan.commit, execution.saved, execution.cause)


def _context(
    planned: Planned, hosts: Connections, store: OpenState, run: int, slots: MoveSlots | None
) -> ExecutionContext:
    from reconciler.execute import ExecutionContext
    from reconciler.report.resource import action_name

    world, desired = planned.world, planned.desired
    return ExecutionContext(
        drivers=hosts.drivers,
        store=store,
        run=run,
        versions={host: inventory.version for host, inventory in world.inventories.items()},
        machines={host: inventory.identity for host, inventory in world.inventories.items()},
        dialects={host: world.dialect(host) for host in world.inventories},
        fleet=desired.fleet,
        records=world.records,
        secrets={a: d.secret for a, d in desired.resources.items() if d.secret},
        sources={a: d.source for a, d in desired.resources.items() if d.source},
        root=desired.root,
        moves={a: d.migration for a, d in desired.resources.items() if d.address.kind is Kind.DOMAIN},
        hosts=desired.hosts,
        migrations=desired.fleet.migrations,
        guard=desired.guard,
        slots=slots,
        called=action_name,
    )


def _within_ceiling(desired: Desired, options: Options) -> tuple[Desired, Options]:
    """What neither the tree nor an option exceeds: the controller's policy says it."""
    fleet, ceiling = desired.fleet, desired.guard.ceiling(desired.fleet.name)
    given = fleet.max_deletions if options.max_deletions is None else options.max_deletions
    most = given if ceiling.max_deletions is None else min(given, ceiling.max_deletions)
    prune = options.prune if ceiling.prune else False
    return (
        replace(desired, fleet=replace(fleet, max_deletions=most, prune=fleet.prune and ceiling.prune)),
        replace(options, max_deletions=most, prune=prune),
    )
