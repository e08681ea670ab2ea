"""A volume that comes from another host, with the domain that uses it."""

from __future__ import annotations

from dataclasses import replace

from reconciler.compare.model import Cause, Difference
from reconciler.operations import Define, Effect, Fill, Undefine
from reconciler.plan.draft import Arrival, Draft, Target, blocked, refresh, verdict
from reconciler.plan.fills import fill_state
from reconciler.plan.model import Action, Status
from reconciler.plan.readable import left_alone
from reconciler.plan.world import World
from specs.desired import Declared
from specs.documents.volume_facts import as_large_as
from specs.identity import Address, Kind


def arrive(declared: Declared, world: World, arrival: Arrival) -> Draft:
    """Made as large as it is at its origin. The move of a running guest fills it; without one its bytes
    are copied here and now."""
    origin = world.observation(arrival.origin, Kind.VOLUME, declared.native)
    assert origin is not None
    there = world.of(declared)
    why = world.unreadable(arrival.origin, Kind.VOLUME, declared.native)
    if why:
        return blocked(declared, f"on {arrival.origin} it is {left_alone(why)}")
    if arrival.held:
        return blocked(declared, f"stays on {arrival.origin}: {arrival.held}")
    reason = Difference("host", declared.host, arrival.origin, Cause.EDITED, Effect.MIGRATE)
    document = as_large_as(declared.document, origin.document)
    record = world.records.get(_at(declared, arrival.origin))
    done = replace(refresh(declared, content=record.content if record else ""), awaits=arrival.domain)
    kept = is_kept(declared, world)
    notes = (_overwritten(declared, arrival),) if kept else ()
    if arrival.live and there is not None and not kept:
        return Draft(verdict(declared, Status.CHANGE, differences=(reason,)), refresh=done)
    made = _made_anew if arrival.live else _copied
    actions = made(declared, document, arrival, reason, world)
    return Draft(verdict(declared, Status.CREATE, differences=(reason,), notes=notes), actions, done)


def is_kept(declared: Declared, world: World) -> bool:
    """Whether a volume is there that held a guest's data once: not one that was only made for what comes, and
    which that never filled."""
    record = world.records.get(declared.address)
    begun = declared.address in world.recorded.begun or declared.address in world.recorded.fills
    made_for_it = begun or (record is not None and not record.declared_digest)
    return world.of(declared) is not None and not made_for_it and not declared.policy.generated


def _overwritten(declared: Declared, arrival: Arrival) -> str:
    return (
        f"{declared.host} kept the volume {declared.native} from before; it is lost to what comes from"
        f" {arrival.origin}: look whether it is still needed, or move it away"
    )


def _made_anew(
    declared: Declared, document: str, arrival: Arrival, reason: Difference, world: World
) -> tuple[Action, ...]:
    """An empty volume for what the move of a running guest fills it with."""
    target = Target.of(declared)
    removal = (
        (target.act(Undefine(Effect.DESTROYS_DATA), (reason,), part=f"kept on {declared.host}"),)
        if is_kept(declared, world)
        else ()
    )
    return (*removal, target.act(Define(document, Effect.MIGRATE), (reason,), after=removal))


def _copied(
    declared: Declared, document: str, arrival: Arrival, reason: Difference, world: World
) -> tuple[Action, ...]:
    """A volume with the bytes of the one at the origin."""
    found = fill_state(declared, world)
    fill = Fill(
        document,
        f"{arrival.origin}: {declared.native}",
        Effect.DESTROYS_DATA if is_kept(declared, world) else Effect.MIGRATE,
        origin=arrival.origin,
        replace=world.of(declared) is not None,
        marks=found.forgotten,
        strays=found.strays,
    )
    return (Target.of(declared).act(fill, (reason,)),)


def _at(declared: Declared, host: str) -> Address:
    return replace(declared.address, host=host)
