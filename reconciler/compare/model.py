"""What the comparison takes and gives: differences with their causes and effects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.operations import AnyOperation, Effect


class Cause(StrEnum):
    """Why a declared and an observed value differ; ASKED is what a person wants beside the files."""

    NEW = "new"
    EDITED = "edited"
    DRIFTED = "drifted"
    ADOPTED = "adopted"
    PRUNED = "pruned"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Difference:
    """One path whose declared and observed values differ; None where a side has nothing there.

    `path` is relative to the document's root: 'memory', 'vcpu/@current', 'devices/disk[vda]/source/@file';
    a whole element has its path without an attribute and its XML as value. Outside the document:
    'power', 'autostart', 'host', 'value'.
    """

    path: str
    declared: str | None
    observed: str | None
    cause: Cause
    effect: Effect = Effect.NONE


@dataclass(frozen=True, slots=True)
class Note:
    """A value that the hypervisor keeps in another form than it was given (`rewritten`), or not at all.

    `keeper` is a release that would keep it, where the host's own is known not to.
    """

    path: str
    declared: str | None
    observed: str | None
    keeper: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """What we last applied and what was read back right after: the third side of the comparison.

    `same_version` says that the hypervisor has the version it had then.
    """

    declared: str
    readback: str
    same_version: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences of one resource, and the observed document with them applied."""

    differences: tuple[Difference, ...]
    rewritten: tuple[Note, ...]
    merged: str


@dataclass(frozen=True, slots=True)
class LiveChange:
    """One way to bring an active object to its persistent document without a restart. `takes`: what the guest
    has and may be using is taken from it, which it may not survive."""

    operation: AnyOperation
    difference: Difference
    takes: bool = False


@dataclass(frozen=True, slots=True)
class LiveComparison:
    """What an active object lacks of its persistent document: changes that can be made live, and
    differences that wait for its next start."""

    changes: tuple[LiveChange, ...]
    pending: tuple[Difference, ...]


__all__ = [
    "Base",
    "Cause",
    "Comparison",
    "Difference",
    "Effect",
    "LiveChange",
    "LiveComparison",
    "Note",
]
