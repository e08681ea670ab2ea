"""A volume that comes from another host, with the domain that uses it."""

from __future__ import annotations

from dataclasses import replace

from reconciler.compare.model import Cause, Difference
from reconciler.operations import Define, Effect, Fill
from reconciler.plan.draft import Arrival, Draft, Target, blocked, refresh, verdict
from reconciler.plan.fills import fill_state
from reconciler.plan.model import Status
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
    target = Target.of(declared)
    record = world.records.get(_at(declared, arrival.origin))
    done = refresh(declared, content=record.content if record else "")
    if arrival.live and there is not None:
        return Draft(verdict(declared, Status.CHANGE, differences=(reason,)), refresh=done)
    if arrival.live:
        action = target.act(Define(document, Effect.MIGRATE), (reason,))
    else:
        found = fill_state(declared, world)
        fill = Fill(
            document,
            f"{arrival.origin}: {declared.native}",
            Effect.MIGRATE,
            origin=arrival.origin,
            replace=there is not None,
            marks=found.forgotten,
            strays=found.strays,
        )
        action = target.act(fill, (reason,))
    return Draft(verdict(declared, Status.CREATE, differences=(reason,)), (action,), done)


def _at(declared: Declared, host: str) -> Address:
    return replace(declared.address, host=host)
