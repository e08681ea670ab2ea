"""Plans of what a person asks for beside the files: the same guards, and nothing of the files with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from drivers.base import Observation
from reconciler.plan.draft import Draft, Target, verdict
from reconciler.plan.identified import identified
from reconciler.plan.mode import as_the_modes_say
from reconciler.plan.model import Plan, Status
from reconciler.plan.order import in_order
from reconciler.plan.ownership import is_ours, not_ours, own_mark
from reconciler.plan.readable import left_alone
from reconciler.plan.select import Selector, selected
from reconciler.plan.waiting import in_maintenance, while_jobs_run
from reconciler.plan.world import World
from specs.desired import Declared, Desired
from specs.identity import Kind

Drafting = Callable[[Declared, Target, Observation], Draft]
"""What is to be done with a guest that is ours, where it is and as it was seen."""


def guests_meant(desired: Desired, only: tuple[Selector, ...]) -> tuple[Declared, ...]:
    """The declared guests that are selected, in the tree's order."""
    return tuple(
        declared
        for address, declared in desired.resources.items()
        if address.kind is Kind.DOMAIN and selected(only, address, declared.labels)
    )


def place_of(declared: Declared, world: World) -> Target:
    """Where a guest is: on the host that has it by its record, for a move may be pending; else where it is
    declared."""
    record = world.records.get(declared.address)
    if record and world.observation(record.host, Kind.DOMAIN, record.native):
        return Target(declared.address, record.host, record.native)
    return Target.of(declared)


def drafts_of(guests: Iterable[Declared], desired: Desired, world: World, draft: Drafting) -> Iterator[Draft]:
    """A draft for each guest; of those that nothing may be done to, why."""
    for declared in guests:
        target = place_of(declared, world)
        seen = world.observation(target.host, Kind.DOMAIN, target.native)
        problem = _problem(declared, target, seen, desired, world)
        if target.host in world.unreachable:
            why = world.unreachable[target.host]
            yield Draft(verdict(declared, Status.UNREACHABLE, host=target.host, problem=why))
        elif problem or seen is None:
            yield Draft(verdict(declared, Status.BLOCKED, host=target.host, problem=problem))
        else:
            yield draft(declared, target, seen)


def make_asked_plan(drafts: Iterable[Draft], desired: Desired, world: World, commit: str) -> Plan:
    """The plan of these drafts: what is left alone stays so, on a host in maintenance nothing starts, and
    disks that are at work are waited for."""
    drafts = [
        while_jobs_run(in_maintenance(draft, desired), world)
        for draft in as_the_modes_say(drafts, desired, world)
    ]
    actions = in_order((action for draft in drafts for action in identified(draft, world)), desired)
    return Plan(
        fleet=desired.fleet.name,
        root=desired.root,
        created=world.now,
        hosts={name: host.uri for name, host in desired.hosts.items()},
        verdicts=tuple(draft.verdict for draft in drafts),
        actions=actions,
        unreachable={
            draft.verdict.host: draft.verdict.problem
            for draft in drafts
            if draft.verdict.status is Status.UNREACHABLE
        },
        commit=commit,
    )


def _problem(
    declared: Declared, target: Target, seen: Observation | None, desired: Desired, world: World
) -> str:
    """Why nothing may be done to a guest; '' when something may."""
    if not target.host:
        return "it is on no host yet; apply places it"
    why = world.unreadable(target.host, Kind.DOMAIN, target.native)
    if why:
        return left_alone(why)
    if seen is None:
        return f"it is not there; apply makes it (--only {declared.address})"
    other = not_ours(declared, seen, own_mark(seen), world, desired.fleet)
    record = world.records.get(declared.address)
    if other or is_ours(seen, record, desired.fleet, world.dialect(target.host)):
        return other
    return (
        "it is not ours yet, and only what we own is touched: apply adopts it (--only"
        f" {declared.address}), and shows first what that means"
    )
