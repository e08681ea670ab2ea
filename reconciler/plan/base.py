"""What the comparison knows of before: the record, or the mark that says the same on the object itself."""

from __future__ import annotations

from dataclasses import replace

from drivers.base import Observation
from reconciler.compare.model import Base
from reconciler.plan.world import World
from specs.desired import Declared, digest
from specs.documents.marks import Mark, beside_mark


def base_of(declared: Declared, observation: Observation, mark: Mark | None, world: World) -> Base | None:
    """The third side of the comparison.

    Where the mark vouches for what is declared and observed, it is as exact as a record, whoever applied that
    and whatever became of the state. Where it vouches for what is observed alone, nothing has drifted since
    somebody of the fleet applied something else: an older record does not judge what nobody declared.
    """
    known = world.base(declared.address)
    if mark is None or not mark.vouches_for(observation.document):
        return known
    if mark.document == digest(declared.document):
        return Base(declared.document, observation.document)
    if known and beside_mark(known.readback) != beside_mark(observation.document):
        return replace(known, same_version=False)
    return known
