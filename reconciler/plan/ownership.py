"""Whose an object is: the mark in its metadata, the record of what has none."""

from __future__ import annotations

from drivers.base import Observation
from drivers.dialects import Dialect
from reconciler.plan.world import World
from specs.desired import Declared, FleetPolicy
from specs.documents.marks import Mark, read_mark
from specs.identity import Kind
from state.records import Record


def own_mark(observation: Observation) -> Mark | None:
    """The mark that was made for this very object: one that came along with a copy is none."""
    mark = read_mark(observation.document)
    return None if mark and mark.uuid and mark.uuid != observation.uuid else mark


def belongs(mark: Mark, fleet: FleetPolicy) -> bool:
    """Whether a mark is of that fleet. Where one of both says no UUID, the name has to do."""
    return mark.fleet == fleet.name and (
        not mark.fleet_uuid or not fleet.uuid or mark.fleet_uuid == fleet.uuid
    )


def is_ours(observation: Observation, record: Record | None, fleet: FleetPolicy, dialect: Dialect) -> bool:
    """Whether an object is the fleet's.

    What can hold a mark says so itself (a domain, of most hypervisors; a network, of newer ones); of the
    others the record does, as long as it is of this very object.
    """
    mark = own_mark(observation)
    if mark is not None:
        return belongs(mark, fleet)
    if observation.kind is Kind.DOMAIN and Kind.DOMAIN in dialect.marked:
        return False  # a network may be ours since before it could hold a mark
    return record is not None and record.uuid in ("", observation.uuid)


def not_ours(
    declared: Declared, observation: Observation, mark: Mark | None, world: World, fleet: FleetPolicy
) -> str:
    """Why an object of a declared name is left alone: it is another fleet's, or another guest than ours."""
    if mark is not None:
        if belongs(mark, fleet):
            return ""
        same = " of the same name and another UUID" if mark.fleet == fleet.name else ""
        return (
            f"belongs to the fleet '{mark.fleet}'{same} (its mark says so), not to '{fleet.name}': remove it"
            " from one of the two trees, or take it over (adopt --take-over)"
        )
    record = world.records.get(declared.address)
    if (
        observation.kind is not Kind.DOMAIN
        or record is None
        or record.host != declared.host
        or record.uuid in ("", observation.uuid)
        or f"<uuid>{observation.uuid}</uuid>" in declared.document
    ):
        return ""
    return (
        f"another guest of this name stands in the place of ours (its UUID is {observation.uuid}, ours had"
        f" {record.uuid}), and nothing says that it may be changed: to take it over, declare it with its UUID"
        f" (xml: <domain><uuid>{observation.uuid}</uuid></domain>); else rename or remove it"
    )
