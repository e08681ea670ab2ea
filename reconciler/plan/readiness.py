"""Guests that are waited for: after their own start, and before those that are declared `after:` them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.operations import Await
from reconciler.plan.draft import Draft, Target
from reconciler.plan.model import Action
from reconciler.plan.world import World
from specs.desired import Declared, Desired, PowerState
from specs.identity import Address


def with_waits(drafts: Iterable[Draft], desired: Desired, world: World) -> list[Draft]:
    """The drafts with an AWAIT for every guest that says when it is ready and is started, or is what a
    started one waits for; and with the starts held back that would wait for ever."""
    drafts = list(drafts)
    awaited = {
        address
        for draft in drafts
        if _starts(draft) and (declared := desired.resources.get(draft.verdict.address))
        for address in declared.after
    }
    of = {draft.verdict.address: draft for draft in drafts}
    for address in awaited - of.keys():
        awaited.discard(address)
    waiting = (_with_wait(draft, desired, awaited) for draft in drafts)
    return [_held_back(draft, desired, world, of) for draft in waiting]


def after_ready(action: Action, desired: Desired, actions_of: Mapping[Address, list[Action]]) -> Action:
    """A start waits for the start of what its domain is declared `after:`, and until that is ready."""
    declared = desired.resources.get(action.address)
    if declared is None or not action.operation.starts:
        return action
    first = tuple(
        other.id
        for address in declared.after
        for other in actions_of.get(address, ())
        if starts_or_waits(other) and not other.deferred
    )
    return replace(action, after=(*action.after, *first)) if first else action


def starts_or_waits(action: Action) -> bool:
    """Whether a guest runs, or is ready, by that action."""
    return action.operation.starts or isinstance(action.operation, Await)


def _starts(draft: Draft) -> bool:
    return any(action.operation.starts and not action.deferred for action in draft.actions)


def _with_wait(draft: Draft, desired: Desired, awaited: set[Address]) -> Draft:
    declared = desired.resources.get(draft.verdict.address)
    if declared is None or declared.ready is None or declared.power is not PowerState.RUNNING:
        return draft
    starts = tuple(a for a in draft.actions if a.operation.starts and not a.deferred)
    if not starts and declared.address not in awaited:
        return draft
    return replace(draft, actions=(*draft.actions, _wait_for(declared, starts)))


def _wait_for(declared: Declared, starts: tuple[Action, ...]) -> Action:
    assert declared.ready is not None
    return Target.of(declared).act(Await(declared.ready), after=starts)


def _held_back(draft: Draft, desired: Desired, world: World, of: Mapping[Address, Draft]) -> Draft:
    """A start whose forerunner neither runs nor will be started by this plan."""
    declared = desired.resources.get(draft.verdict.address)
    if declared is None or not declared.after or not _starts(draft):
        return draft
    for address in declared.after:
        first = desired.resources.get(address)
        if first is None or first.power is not PowerState.RUNNING:
            continue
        seen = world.of(first)
        if (seen and seen.power is PowerState.RUNNING) or (address in of and _starts(of[address])):
            continue
        why = f"waits for {address}, which does not run"
        actions = tuple(
            replace(action, deferred=why) if starts_or_waits(action) else action for action in draft.actions
        )
        return replace(draft, actions=actions)
    return draft
