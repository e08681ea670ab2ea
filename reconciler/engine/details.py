"""What differs of a resource, and its documents, as text that may be shown: no secret is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.compare import compare
from reconciler.compare.model import Base, Cause, Difference
from reconciler.engine.round import Planned
from reconciler.operations import Define, Migrate
from reconciler.plan.model import Action, Verdict
from reconciler.plan.world import World
from reconciler.report.places import name_of, value_of
from reconciler.report.xmldiff import pretty
from specs.identity import Address, Kind
from specs.tokens import shown
from state.standings import Changed, Detail

_NOTHING_BEFORE = frozenset({Cause.NEW, Cause.ADOPTED})


def detail_of(verdict: Verdict, actions: Iterable[Action], planned: Planned) -> Detail:
    """The differences of a resource and both of its documents: as it would be defined where it is to be, else
    as it is declared; and as it was seen."""
    world = planned.world
    declared = planned.desired.resources.get(verdict.address)
    known = declared or world.records.get(verdict.address)
    seen = world.observation(verdict.host, verdict.address.kind, known.native) if known else None
    defined = next((a.operation.document for a in actions if isinstance(a.operation, Define | Migrate)), "")
    return Detail(
        changes_of((*verdict.differences, *verdict.pending), verdict, world, seen.document if seen else ""),
        _text(defined or (declared.document if declared else "")),
        _text(seen.document if seen else ""),
    )


def changes_of(
    differences: Iterable[Difference], verdict: Verdict, world: World, seen: str = ""
) -> tuple[Changed, ...]:
    """Differences with what was last applied in their places."""
    differences = tuple(differences)
    edited = any(difference.cause is Cause.EDITED for difference in differences)
    base = world.base(verdict.address) if edited and seen else None
    since = _since_applied(verdict.address, verdict.host, base, seen, world) if base else None
    told = tuple(_told(difference, verdict.address.kind, since) for difference in dict.fromkeys(differences))
    return tuple(
        each
        for each in told
        if not each.path.endswith(".max") or replace(each, path=each.path.removesuffix(".max")) not in told
    )


def _told(difference: Difference, kind: Kind, since: Mapping[str, str | None] | None) -> Changed:
    """A difference in the words of the files. (A maximum that is what the value itself is goes without
    saying.)"""
    applied = _applied(difference, since)
    return Changed(
        name_of(kind, difference.path),
        value_of(kind, difference.path, difference.declared),
        "" if applied is None else value_of(kind, difference.path, applied),
        value_of(kind, difference.path, difference.observed),
        str(difference.cause),
        str(difference.effect),
    )


def _applied(difference: Difference, since: Mapping[str, str | None] | None) -> str | None:
    """What drifted was applied as it is declared. Of what was edited, the host still has what was applied,
    unless it changed there as well."""
    if difference.cause in _NOTHING_BEFORE:
        return None
    if difference.cause is Cause.DRIFTED:
        return difference.declared
    return None if since is None else since.get(difference.path, difference.observed)


def _since_applied(
    address: Address, host: str, base: Base, seen: str, world: World
) -> Mapping[str, str | None]:
    """Where the host is no longer as it was applied, by paths: what was applied there."""
    before = compare(address.kind, base.declared, seen, base, world.dialect(host))
    return {difference.path: difference.declared for difference in before.differences}


def _text(document: str) -> str:
    return shown("\n".join(pretty(document)))
