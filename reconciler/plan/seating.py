"""Which disk of a guest is which, where the files leave their targets to us."""

from __future__ import annotations

from dataclasses import replace

from drivers.base import Observation
from reconciler.plan.world import World
from specs.desired import Declared
from specs.documents.seating import seated


def with_its_targets(declared: Declared, observation: Observation, world: World) -> Declared:
    """The declaration of a domain that exists: a disk that another one was put before keeps its target. The
    host tells, and where it runs on something else by now (a snapshot's overlay), what was applied last."""
    if not declared.by_place:
        return declared
    base = world.base(declared.address)
    known = (observation.document, *((base.declared,) if base else ()))
    document = seated(declared.document, frozenset(declared.by_place), known)
    return replace(declared, document=document)
