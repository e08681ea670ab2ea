"""The heart: declared against observed, with the record as the third side. Pure functions of values."""

from __future__ import annotations

from reconciler.compare.effects import effect_of
from reconciler.compare.heal import settle, spell_out
from reconciler.compare.live import compare_live
from reconciler.compare.model import Base, Cause, Comparison, Dialect, Difference
from reconciler.compare.normalise import normalise
from reconciler.compare.threeway import Decider, Sides
from reconciler.compare.tree import Node, to_node, to_text
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
) -> Comparison:
    """The differences between what is declared and the persistent document that is observed.

    `base` makes it exact; without it `unrecorded` is the cause of every difference. Each difference
    has the effect that healing it has on an active object. The merged document is the observed one
    with the differences applied, and the observed one itself where there is none.
    """
    root = parse(observed)

    def said(document: str) -> Node:
        node = normalise(kind, to_node(parse(document)), dialect)
        node.forget_implied()
        return node

    sides = Sides(
        declared=said(declared),
        was_declared=said(base.declared) if base else None,
        read_back=normalise(kind, to_node(parse(base.readback)), dialect) if base else None,
        observed=(seen := normalise(kind, to_node(root), dialect)),
    )
    decider = Decider(base is not None, base.same_version if base else True, unrecorded)
    decider.decide(sides)
    for finding in decider.findings:
        finding.heal()
    if decider.findings:
        if kind is Kind.DOMAIN:
            spell_out(seen, {finding.path for finding in decider.findings if finding.declared})
        settle(root)
    return Comparison(
        tuple(
            Difference(
                finding.path,
                finding.declared,
                finding.observed,
                finding.cause,
                effect_of(kind, finding.path, finding.device, dialect.family),
            )
            for finding in decider.findings
        ),
        tuple(decider.notes),
        to_text(root) if decider.findings else observed,
    )
