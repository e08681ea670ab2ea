"""What snapshot, snapshots and revert share: planned, shown, asked and done under the writer's lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reconciler.cli.asked import Costs, Request, do
from reconciler.cli.common import Common
from reconciler.cli.handing import named
from reconciler.cli.named import guests_of, selectors_of
from reconciler.cli.source import located
from reconciler.engine.hosts import Hosts
from reconciler.engine.snapshots import held_of
from reconciler.faults import Fault
from reconciler.plan import Plan, World
from reconciler.plan.asked import place_of
from reconciler.plan.asked_snapshots import SnapshotAsked, SnapshotVerb, plan_snapshots
from reconciler.plan.guard import destructive, without_data_loss
from specs.desired import Declared, Desired
from specs.identity import Kind
from state import Locked
from state.claims import Controller


@dataclass(frozen=True, slots=True)
class SnapshotGiven:
    """What was typed."""

    verb: SnapshotVerb
    names: tuple[str, ...]
    source: str
    snapshot: str = ""
    description: str = ""
    safely: bool = True
    yes: bool = False


def ask_for(common: Common, given: SnapshotGiven) -> int:
    """Does it; the exit code."""
    only = selectors_of(given.names)
    common, desired = located(common, given.source, valid=True)
    guests = guests_of(given.names, only, desired)
    asked = SnapshotAsked(
        given.verb, only, given.snapshot, given.description, given.safely, common.options().commit
    )
    costs = given.verb is SnapshotVerb.REVERT and not common.allow_data_loss
    request = Request(
        "revert" if given.verb is SnapshotVerb.REVERT else "snapshot",
        guests,
        lambda tree, world: _within_ceiling(plan_snapshots(tree, world, asked), tree),
        learn=lambda world, hosts: with_snapshots(world, hosts, guests),
        costs=Costs(_losing, "loses what was written since of", "--allow-data-loss") if costs else None,
    )
    with common.store(desired, readonly=False) as store:
        try:
            return do(common, desired, request, store, yes=given.yes)
        except Locked as error:
            if not store.controllers():
                raise
            raise Fault(_in_its_way(given, guests, store.controllers())) from error


def _in_its_way(given: SnapshotGiven, guests: Sequence[Declared], controllers: Sequence[Controller]) -> str:
    """What to do while a controller has the lock; what a revert brings back, run would heal at once."""
    pids, stays = " ".join(str(each.pid) for each in controllers), ""
    if given.verb is SnapshotVerb.REVERT:
        stays = (
            f" (suspend {guests[0].address} --reason revert keeps it from healing at once what comes back)"
        )
    return (
        f"{named(controllers)} works this fleet, under the lock that snapshots are taken under: end it there"
        f" for a moment (systemctl stop virt-reconcile, or kill {pids}; guests go on), say this once more,"
        f" and start it again{stays}; nothing was done. Before what run does itself it takes one where a file"
        " says safetySnapshot: true"
    )


def with_snapshots(world: World, hosts: Hosts, guests: Iterable[Declared]) -> World:
    """The world with the snapshots that these guests have."""
    places = [place_of(each, world) for each in guests]
    there = {
        (place.host, place.native)
        for place in places
        if world.observation(place.host, Kind.DOMAIN, place.native) is not None
    }
    known = {**world.answers.snapshots, **held_of(there, hosts.drivers)}
    return replace(world, answers=replace(world.answers, snapshots=known))


def _losing(plan: Plan) -> tuple[str, ...]:
    return tuple(action.native for action in destructive(plan))


def _within_ceiling(plan: Plan, desired: Desired) -> Plan:
    if desired.guard.ceiling(desired.fleet.name).data_loss:
        return plan
    return without_data_loss(plan, f"loses data, which {desired.guard.named} (ceilings) never lets happen")
