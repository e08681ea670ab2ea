"""A declared volume that exists: it can grow, and be filled anew where its policy says so; everything
else about it is fixed at its creation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.dialects import Dialect
from reconciler.compare import compare
from reconciler.compare.model import Cause, Difference, Note
from reconciler.operations import Effect, Fill, Resize
from reconciler.plan.draft import Draft, Target, blocked, refresh, verdict
from reconciler.plan.fills import FillState, fill_state, in_the_way, note_on_strays
from reconciler.plan.model import Action, Status
from reconciler.plan.replacement import Replacements
from reconciler.plan.world import World
from specs.desired import Declared, DeclaredHost
from specs.documents.volume_facts import capacity_of


def converge_volume(
    declared: Declared,
    document: str,
    world: World,
    cause: Cause,
    replacements: Replacements,
    hosts: Mapping[str, DeclaredHost],
) -> Draft:
    """Fills or grows the volume, or says what cannot be changed without replacing it."""
    draft = _converged(declared, document, world, cause, replacements, hosts)
    notes = note_on_strays(declared, world)
    told = replace(draft.verdict, notes=(*draft.verdict.notes, *notes))
    return replace(draft, verdict=told) if notes else draft


def _converged(
    declared: Declared,
    document: str,
    world: World,
    cause: Cause,
    replacements: Replacements,
    hosts: Mapping[str, DeclaredHost],
) -> Draft:
    found = fill_state(declared, world)
    if found.half_filled:
        problem = in_the_way(declared, world, hosts)
        if problem:
            return blocked(declared, problem)
        reason = Difference("content", _told(declared), _half(found), Cause.DRIFTED)
        return _filled(declared, (reason,), Effect.NONE, world)
    if declared.address in replacements.refused:
        return blocked(declared, replacements.refused[declared.address])
    if declared.address in replacements.volumes:
        reason = Difference(
            "content",
            _told(declared),
            replacements.volumes[declared.address],
            Cause.EDITED,
            Effect.DESTROYS_DATA,
        )
        return _filled(declared, (reason,), Effect.DESTROYS_DATA, world)
    return _grown(declared, document, world, cause)


def fill_action(
    declared: Declared,
    reasons: tuple[Difference, ...],
    world: World,
    effect: Effect = Effect.NONE,
    *,
    if_missing: bool = False,
) -> Action:
    """Creates the volume (in place of one whose data may go) and fills it from its source."""
    found = fill_state(declared, world)
    fill = Fill(
        declared.document,
        _told(declared),
        effect,
        replace=effect is Effect.DESTROYS_DATA,
        if_missing=if_missing,
        marks=found.forgotten,
        strays=found.strays,
    )
    return Target.of(declared).act(fill, reasons)


def _half(found: FillState) -> str:
    if found.fill:
        return "filled, and marked as half-filled" if found.fill.filled else "half-filled"
    return f"half-filled, by a fill that this state does not know ({' and '.join(found.names)})"


def _filled(declared: Declared, reasons: tuple[Difference, ...], effect: Effect, world: World) -> Draft:
    return Draft(
        verdict(declared, Status.CHANGE, differences=reasons),
        (fill_action(declared, reasons, world, effect),),
        refresh(declared),
    )


def _told(declared: Declared) -> str:
    return declared.source.describe() if declared.source else "an empty volume"


def _grown(declared: Declared, document: str, world: World, cause: Cause) -> Draft:
    dialect = world.dialect(declared.host)
    base = world.base(declared.address)
    comparison = compare(declared.address.kind, declared.document, document, base, dialect, unrecorded=cause)
    wanted, actual = capacity_of(declared.document), capacity_of(document)
    as_made = [
        d for d in comparison.differences if _is_of_its_use(d, dialect) or _is_rounding(d, wanted, actual)
    ]
    # Without a declared capacity the volume is as large as its content: nothing to compare.
    differences = tuple(
        d
        for d in comparison.differences
        if d not in as_made and (wanted or d.path.partition("/")[0] != "capacity")
    )
    content, notes = _content(declared, world)
    told = tuple(Note(d.path, d.declared, d.observed) for d in as_made)
    details = {"differences": differences, "rewritten": (*comparison.rewritten, *told), "notes": notes}
    if not differences:
        return Draft(
            verdict(declared, Status.CONVERGED, **details), refresh=refresh(declared, content=content)
        )
    fixed = [d.path for d in differences if d.path.partition("/")[0] != "capacity"]
    if fixed:
        return blocked(
            declared,
            f"{', '.join(fixed)} cannot be changed in an existing volume; declare the volume as it is, or"
            " declare a new one under another name",
            **details,
        )
    if wanted < actual:
        return blocked(
            declared,
            f"the volume has {actual} bytes and is never shrunk to {wanted}; declare at least its size",
            **details,
        )
    grow = Target.of(declared).act(Resize(wanted), differences)
    return Draft(verdict(declared, Status.CHANGE, **details), (grow,), refresh(declared, content=content))


def _is_of_its_use(difference: Difference, dialect: Dialect) -> bool:
    """Whether it was made as declared, and who may use it has changed since: mostly by a guest's start, which
    gives a disk's file to QEMU (qemuSecuritySetImageLabel)."""
    return difference.cause is Cause.DRIFTED and difference.path.startswith(dialect.ownership.built)


def _is_rounding(difference: Difference, wanted: int, actual: int) -> bool:
    """Whether the storage made the volume a little larger than declared, and the files did not change."""
    asked = difference.path == "capacity" and difference.cause is not Cause.EDITED
    return asked and 0 < wanted < actual and actual in {-(-wanted // unit) * unit for unit in _STORAGE_UNITS}


_STORAGE_UNITS = (512, 1 << 20, 4 << 20)
"""qemu-img makes whole sectors, parted whole MiB, LVM whole extents (4 MiB, unless a group has others)."""


def _content(declared: Declared, world: World) -> tuple[str, tuple[str, ...]]:
    """What is to be remembered of an existing volume's content, and what a person should know of it."""
    if declared.source is None:
        return "", ()
    record = world.records.get(declared.address)
    wanted = world.answers.contents.get(declared.address, record.content if record else "")
    if not record or not record.content:
        return wanted, ()
    if record.content == wanted:
        return wanted, ()
    return record.content, (
        f"its source is {_told(declared)} now, and was another when it was filled; its data stays"
        " (onSourceChange: ignore)",
    )
