"""Whose an object is: the mark in a domain's metadata, the record of everything else."""

from __future__ import annotations

from drivers.base import Observation
from drivers.dialects import Dialect
from specs.desired import FleetPolicy
from specs.documents.marks import Mark, read_mark
from state.records import Record


def own_mark(observation: Observation) -> Mark | None:
    """The mark that was made for this very domain: one that came along with a copy is none."""
    mark = read_mark(observation.document)
    return None if mark and mark.uuid and mark.uuid != observation.uuid else mark


def belongs(mark: Mark, fleet: FleetPolicy) -> bool:
    """Whether a mark is of that fleet. Where one of both says no UUID, the name has to do."""
    return mark.fleet == fleet.name and (
        not mark.fleet_uuid or not fleet.uuid or mark.fleet_uuid == fleet.uuid
    )


def is_ours(observation: Observation, record: Record | None, fleet: FleetPolicy, dialect: Dialect) -> bool:
    """Whether an object is the fleet's.

    What can hold a mark says so itself (a domain, of most hypervisors); of the others the record does, as
    long as it is of this very object.
    """
    if observation.kind in dialect.marked:
        mark = own_mark(observation)
        return mark is not None and belongs(mark, fleet)
    return record is not None and record.uuid in ("", observation.uuid)
