"""The cap on what one apply may take away: removals, and data that are replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from reconciler.compare.model import Effect
from reconciler.plan.draft import Draft
from reconciler.plan.model import Status
from reconciler.plan.world import Options
from specs.desired import Desired
from specs.identity import Address


def within_cap(
    drafts: Iterable[Draft], desired: Desired, options: Options, uncounted: Collection[Address]
) -> list[Draft]:
    """The drafts, or, when more would be removed or replaced than is allowed at once, the drafts without
    any of that, and without what is done to those that need it (a guest is not stopped for nothing).
    `uncounted` are the removals by which nothing is lost."""
    drafts = list(drafts)
    cap = _cap(desired, options)
    removed = [d for d in drafts if d.verdict.status is Status.DELETE and d.verdict.address not in uncounted]
    replaced = [d for d in drafts if d.verdict.status is not Status.DELETE and _loses_data(d)]
    number = len(removed) + len(replaced)
    if number <= cap:
        return drafts
    problem = _told(len(removed), len(replaced), cap)
    over = {draft.verdict.address for draft in (*removed, *replaced)}
    return _without(drafts, over, desired, problem)


def deletions_over(number: int, desired: Desired, options: Options) -> str:
    """Why so many removals at once are too many; '' when they are not."""
    cap = _cap(desired, options)
    return _told(number, 0, cap) if number > cap else ""


def _cap(desired: Desired, options: Options) -> int:
    return desired.fleet.max_deletions if options.max_deletions is None else options.max_deletions


def _told(removed: int, replaced: int, cap: int) -> str:
    number = removed + replaced
    if not replaced:
        return (
            f"more deletions ({number}) than are allowed at once ({cap}); nothing is deleted"
            f" (--max-deletions {number} allows them)"
        )
    return (
        f"more deletions ({removed}) and replacements of data ({replaced}) than are allowed at once ({cap});"
        f" nothing is deleted or replaced (--max-deletions {number} allows them)"
    )


def _loses_data(draft: Draft) -> bool:
    return any(action.effect is Effect.DESTROYS_DATA and not action.deferred for action in draft.actions)


def _without(drafts: list[Draft], over: Collection[Address], desired: Desired, problem: str) -> list[Draft]:
    """What is over the cap is blocked; what needs it is held back, and no record says that it was done."""
    needing = _needing(over, desired)
    return [_held(draft, over, needing, problem) for draft in drafts]


def _needing(over: Collection[Address], desired: Desired) -> frozenset[Address]:
    """What needs something of these, at first or at second hand."""
    found: set[Address] = set(over)
    while more := {
        address
        for address, declared in desired.resources.items()
        if address not in found and not found.isdisjoint(declared.requires)
    }:
        found |= more
    return frozenset(found.difference(over))


def _held(draft: Draft, over: Collection[Address], needing: Collection[Address], problem: str) -> Draft:
    address = draft.verdict.address
    if address in over:
        return Draft(replace(draft.verdict, status=Status.BLOCKED, problem=problem))
    if address not in needing or not draft.actions:
        return draft
    actions = tuple(
        replace(action, deferred=action.deferred or "it needs what is over the cap (--max-deletions)")
        for action in draft.actions
    )
    return replace(draft, actions=actions, refresh=None)
