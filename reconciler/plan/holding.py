"""Holding actions back: those that there is a reason for, and what belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from reconciler.plan.belonging import bonds_of, pairs_of
from reconciler.plan.draft import Draft
from reconciler.plan.model import Action, Hold
from reconciler.plan.world import World
from specs.desired import Desired


def held_back(draft: Draft, hold: Callable[[Action], Hold | None]) -> Draft:
    """A draft with those of its actions held back for which there is a reason; one that is held back already
    keeps its own. Where nothing is left to do, nothing is recorded as done either."""
    actions = tuple(action if action.deferred else _held(action, hold(action)) for action in draft.actions)
    if actions == draft.actions:
        return draft
    idle = all(action.deferred for action in actions)
    return replace(draft, actions=actions, refresh=None if idle else draft.refresh)


def with_what_belongs(
    before: Iterable[Draft], held: Iterable[Draft], desired: Desired, world: World
) -> list[Draft]:
    """The drafts where all that makes no sense, or does harm, without what has been held back since `before`
    is held back as well: what comes after it, what needs something that is not made yet, the guest that
    stops for a volume, the volumes that travel with a guest."""
    drafts = list(held)
    known = _deferred(drafts) - _deferred(before)
    pairs = pairs_of(drafts, desired) if known else {}
    while known:
        causes = (action for draft in drafts for action in draft.actions if _key(action) in known)
        bonds = bonds_of(causes, pairs, desired, world)
        wider = [held_back(draft, bonds.hold) for draft in drafts]
        more = _deferred(wider) - _deferred(drafts)
        if not more:
            break
        drafts, known = wider, known | more
    return drafts


def _deferred(drafts: Iterable[Draft]) -> frozenset[tuple[str, str]]:
    """All that is held back."""
    return frozenset(_key(action) for draft in drafts for action in draft.actions if action.deferred)


def _key(action: Action) -> tuple[str, str]:
    """A domain that is left on two hosts has actions of one id on both, until all are put in order."""
    return action.id, action.host


def _held(action: Action, hold: Hold | None) -> Action:
    return replace(action, deferred=hold.why, until=hold.until) if hold else action
