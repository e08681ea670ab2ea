"""The actions as one graph: what is needed comes first, what is removed goes in reverse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.compare.model import Cause
from reconciler.operations import Effect, Fill, Migrate, Start, Stop, Undefine
from reconciler.plan.model import Action
from reconciler.plan.readiness import after_ready
from specs.desired import Desired
from specs.identity import FACTS, Address, Kind

DEPTH: Mapping[Kind, int] = {kind: depth for depth, kind in enumerate(FACTS)}
"""The order in which kinds are created; they are removed in reverse."""

REFERRING: Mapping[Kind, frozenset[Kind]] = {
    kind: (facts.outlives | facts.used_by.keys()) - {kind} for kind, facts in FACTS.items()
}
"""The kinds that may refer to one of a kind, and so leave before it."""


def in_order(actions: Iterable[Action], desired: Desired) -> tuple[Action, ...]:
    """The actions with their edges complete, sorted so that each stands after those it waits for."""
    actions = _distinct(actions)
    removals = [action for action in actions if _removes(action)]
    leaving = [action for action in actions if _leaves(action)]
    actions_of = _by_address(actions)
    linked = tuple(
        _after_dependents(action, leaving)
        if _removes(action)
        else after_ready(
            _after_stops(
                _after_removals(_after_required(action, actions_of, desired), removals), actions, desired
            ),
            desired,
            actions_of,
        )
        for action in actions
    )
    return topological(linked)


def _distinct(actions: Iterable[Action]) -> tuple[Action, ...]:
    """The actions under ids of their own, so that none takes another one's place. What waits for one of those
    that had the same waits for that on its own host."""
    found: dict[str, Action] = {}
    known: dict[tuple[str, str], str] = {}
    for action in actions:
        id_ = action.id
        while id_ in found:
            id_ = f"{id_} again"
        known.setdefault((action.id, action.host), id_)
        found[id_] = replace(action, id=id_)
    return tuple(
        replace(action, after=tuple(known.get((id_, action.host), id_) for id_ in action.after))
        for action in found.values()
    )


def _leaves(action: Action) -> bool:
    """A domain leaves by moving, too."""
    return isinstance(action.operation, Migrate) or (
        isinstance(action.operation, Undefine) and _removes(action)
    )


def _removes(action: Action) -> bool:
    return any(reason.cause is Cause.PRUNED for reason in action.reasons)


def _by_address(actions: Iterable[Action]) -> Mapping[Address, list[Action]]:
    found: defaultdict[Address, list[Action]] = defaultdict(list)
    for action in actions:
        found[action.address].append(action)
    return found


def _after_required(action: Action, actions_of: Mapping[Address, list[Action]], desired: Desired) -> Action:
    declared = desired.resources.get(action.address)
    if declared is None or not action.operation.needs:
        return action
    first = tuple(
        other.id
        for address in declared.requires
        for other in actions_of.get(address, ())
        if other.operation.provides and not other.deferred and not _removes(other)
    )
    return replace(action, after=(*action.after, *first))


def _after_dependents(action: Action, leaving: Iterable[Action]) -> Action:
    """On one host (or on all, for what is shared) domains leave before volumes, these before pools, and so
    on: what may be referred to outlives what may refer to it, even where the references are no longer
    known."""
    referring = REFERRING[action.address.kind]
    first = tuple(
        other.id
        for other in leaving
        if (action.host in other.hosts or not action.address.host) and other.address.kind in referring
    )
    return replace(action, after=(*action.after, *first))


def _after_removals(action: Action, removals: Iterable[Action]) -> Action:
    """A renamed domain must not start on its disks while the old one still runs on them."""
    if not isinstance(action.operation, Start) or action.address.kind is not Kind.DOMAIN:
        return action
    first = tuple(
        other.id
        for other in removals
        if other.address.kind is Kind.DOMAIN
        and isinstance(other.operation, Stop)
        and other.host == action.host
    )
    return replace(action, after=(*action.after, *first))


def _after_stops(action: Action, actions: Iterable[Action], desired: Desired) -> Action:
    """A volume is filled anew only when the guests that use it have stopped."""
    if not isinstance(action.operation, Fill) or action.effect is not Effect.DESTROYS_DATA:
        return action
    first = tuple(
        other.id
        for other in actions
        if isinstance(other.operation, Stop)
        and (user := desired.resources.get(other.address))
        and action.address in user.requires
    )
    return replace(action, after=(*action.after, *first))


def topological(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Depth first along `after`, otherwise in the order given; deferred and unknown ids are dropped."""
    actions = tuple(actions)
    known = {action.id: action for action in actions}
    placed: dict[str, Action] = {}
    for root in actions:
        stack = [root]
        while stack:
            action = stack[-1]
            waiting = [known[id_] for id_ in action.after if id_ in known and id_ not in placed]
            if waiting and action.id not in placed:
                stack.extend(reversed(waiting))
                continue
            stack.pop()
            if action.id not in placed:
                after = tuple(dict.fromkeys(id_ for id_ in action.after if id_ in known))
                placed[action.id] = replace(action, after=after)
    return tuple(placed.values())
