"""The heart: declared against observed, with the record as the third side. Pure functions of values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from drivers.dialects import Dialect
from reconciler.compare.align import Sides
from reconciler.compare.live import compare_live
from reconciler.compare.model import Base, Cause, Comparison, Difference
from reconciler.compare.threeway import Decider, Finding
from specs.documents.edits import settle
from specs.documents.tree import Node, plain, to_node, to_text
from specs.effect import Effect
from specs.identity import Kind
from specs.xml import parse

__all__ = ["Base", "Comparison", "Dialect", "compare", "compare_live"]


def compare(
    kind: Kind,
    declared: str,
    observed: str,
    base: Base | None,
    dialect: Dialect,
    *,
    unrecorded: Cause = Cause.ADOPTED,
    heals: Callable[[Effect], bool] = lambda _: True,
) -> Comparison:
    """The differences between what is declared and the persistent document that is observed.

    `base` makes it exact; without it `unrecorded` is the cause of every difference. Each difference
    has the effect that healing it has on an active object. The merged document is the observed one
    with the differences applied, or those whose effects it `heals`, and the observed one itself where there
    is none.
    """
    root = parse(observed)
    seen = dialect.normalise(kind, to_node(root))
    decider = Decider(
        dialect,
        base is not None,
        base.same_version if base else True,
        unrecorded,
        unkept=dialect.settings.unknown.get(kind, {}),
        choices=dialect.choices.get(seen.tag, {}),
    )
    read_back = dialect.normalise(kind, to_node(parse(base.readback))) if base else None
    before = read_back or seen
    wanted = _said(kind, declared, dialect, before, recorded=base is not None)
    was = _said(kind, base.declared, dialect, before, recorded=True) if base else None
    if was is not None and read_back is not None:
        dialect.leave_moved(kind, wanted, was, read_back, seen)
    decider.decide(Sides(wanted, was, read_back, seen))
    found = [(finding, _difference(kind, finding, dialect, seen)) for finding in decider.findings]
    healed = [finding for finding, difference in found if heals(difference.effect)]
    if healed:
        settle(root, dialect.merging.twice)
        _heal(kind, seen, healed, decider.untold, dialect)
        settle(root, dialect.merging.twice)
    return Comparison(
        tuple(difference for _, difference in found),
        tuple(decider.notes),
        to_text(root) if healed else observed,
    )


def _heal(
    kind: Kind,
    seen: Node,
    findings: Collection[Finding],
    untold: Iterable[Callable[[], None]],
    dialect: Dialect,
) -> None:
    """Applies what was found to the observed document."""
    for heal in (*(finding.heal for finding in findings), *untold):
        heal()
    if kind is Kind.DOMAIN:
        dialect.merging.spell_out(seen, {finding.path for finding in findings if finding.declared})
        dialect.merging.make_way(seen)


def _said(kind: Kind, document: str, dialect: Dialect, found: Node, *, recorded: bool) -> Node:
    """What a declaration says: where it is silent, silence stays silence; what it leaves to the hypervisor is
    as it was found."""
    node = dialect.normalise(kind, to_node(parse(document)))
    node.forget_implied()
    dialect.inherit(kind, node, found, recorded=recorded)
    return node


def _difference(kind: Kind, finding: Finding, dialect: Dialect, seen: Node) -> Difference:
    return finding.told(dialect.effects.effect(kind, plain(finding.path), finding.device or seen))
