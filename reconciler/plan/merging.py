"""What merging would do: the plan of what would be there, without what is to be done anyway."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.plan.model import Action, Plan, Status, Verdict
from specs.identity import Address


@dataclass(frozen=True, slots=True)
class Merge:
    """`merged` is what merging would do, `pending` what is to be done without it, and after it as well;
    `averted` are actions that are to be done now and would not be any more."""

    merged: Plan
    pending: Plan
    averted: tuple[Action, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether merging would do, and change, nothing."""
        merged = self.merged
        return not (merged.verdicts or self.averted or merged.warnings or merged.unreachable)


def merging(base: Plan | None, head: Plan) -> Merge:
    """What the head's plan has beyond the base's, both made of the same world; all of it without a base."""
    base = base or replace(head, verdicts=(), actions=(), warnings=(), unreachable={})
    before = {verdict.address: verdict for verdict in base.verdicts}
    due, wanted = _by_address(base), _by_address(head)
    new = {a: [each for each in wanted[a] if each not in due[a]] for a in wanted}
    verdicts = tuple(
        _beyond(verdict, before.get(verdict.address))
        for verdict in head.verdicts
        if new.get(verdict.address) or _is_new(verdict, before.get(verdict.address))
    )
    kept = {action.id for action in head.actions}
    merged = replace(
        head,
        verdicts=verdicts,
        actions=tuple(action for action in head.actions if action in new[action.address]),
        warnings=_new_warnings(base, head),
        unreachable={host: why for host, why in head.unreachable.items() if host not in base.unreachable},
    )
    pending = replace(base, actions=tuple(action for action in base.actions if action.id in kept))
    averted = tuple(a for a in base.actions if a.id not in kept and a.operation.visible and not a.deferred)
    return Merge(merged, _to_do(pending), averted)


def _new_warnings(base: Plan, head: Plan) -> tuple[str, ...]:
    """Wherever the files of the two lie."""
    known = {warning.replace(base.root, "") for warning in base.warnings}
    return tuple(warning for warning in head.warnings if warning.replace(head.root, "") not in known)


def _by_address(plan: Plan) -> Mapping[Address, list[Action]]:
    found: defaultdict[Address, list[Action]] = defaultdict(list)
    for action in plan.actions:
        found[action.address].append(action)
    return found


def _is_new(verdict: Verdict, before: Verdict | None) -> bool:
    """Whether a resource is seen otherwise; where its file says it is no matter."""
    if verdict.status is Status.CONVERGED and not verdict.pending:
        return False
    return before is None or replace(verdict, origin=None) != replace(before, origin=None)


def _beyond(verdict: Verdict, before: Verdict | None) -> Verdict:
    """A verdict without the differences that are there already."""
    if before is None or before.status is not verdict.status:
        return verdict
    return replace(
        verdict,
        differences=tuple(each for each in verdict.differences if each not in before.differences),
        pending=tuple(each for each in verdict.pending if each not in before.pending),
        notes=tuple(each for each in verdict.notes if each not in before.notes),
    )


def _to_do(plan: Plan) -> Plan:
    """A plan with the resources alone of which something is to be done, or to be said."""
    touched = {action.address for action in plan.actions}
    quiet = (Status.CONVERGED, Status.CREATE, Status.CHANGE, Status.ADOPT, Status.DELETE, Status.RELEASE)
    verdicts = (v for v in plan.verdicts if v.address in touched or v.pending or v.status not in quiet)
    return replace(plan, verdicts=tuple(verdicts))
