"""Turns in a roll-out: tickets are taken before anything is done to a guest, and ended when that is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from reconciler.plan.guard import without
from reconciler.plan.model import Outcome, Plan, Result, earliest
from reconciler.plan.rolling import rollout_name
from reconciler.plan.world import Options, World
from specs.desired import Desired
from specs.identity import Address
from state import OpenState
from state.standings import Condition

_AGAIN = 10.0
_WOKEN = 50
"""At most so many hosts are told that there may be room for them; the others look by themselves."""


def with_tickets(world: World, desired: Desired, options: Options, store: OpenState) -> World:
    """The world with how far the roll-out is, where there is one."""
    name, policy = rollout_name(desired, options.commit), desired.fleet.rollout
    if not name or policy is None:
        return world
    addresses = {*desired.resources, *policy.canaries} if options.regional else None
    tickets, groups = tuple(store.tickets(name, addresses)), store.begun(name)
    return replace(world, recorded=replace(world.recorded, tickets=tickets, groups=groups))


def with_turns(plan: Plan, store: OpenState) -> Plan:
    """What is done of a plan while others roll out beside it: that for which there are tickets, which are
    taken now. What there is none for waits."""
    rolling = plan.rolling
    if not rolling.shared or not rolling.turns:
        return plan
    having = store.take(rolling.name, rolling.turns, dict(rolling.limits))
    waiting = {turn.address for turn in rolling.turns} - set(having)
    if not waiting:
        return plan
    held = {action.id for action in plan.actions if action.address in waiting and not action.deferred}
    plan = without(plan, held, "roll-out: waits for others, of whom as many are changed now as may be")
    turns = tuple(turn for turn in rolling.turns if turn.address not in waiting)
    again = plan.created + _AGAIN
    return replace(plan, rolling=replace(rolling, turns=turns, again=again))


def begin_turns(plan: Plan, store: OpenState) -> None:
    """Notes whose turn it is, where nobody else rolls out: the plan itself keeps to the limits."""
    if plan.rolling.turns and not plan.rolling.shared:
        store.take(plan.rolling.name, plan.rolling.turns, {})


def end_turns(plan: Plan, outcomes: Iterable[Outcome], store: OpenState, *, stopped: bool) -> None:
    """Notes how each guest's turn ended; that of one to whom not all was done is over too, and comes again.
    Who may wait for that is told."""
    rolling = plan.rolling
    of: defaultdict[Address, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        of[outcome.action.address].append(outcome)
    ended = {
        turn: failure
        for turn in rolling.turns
        if (failure := _failure(of[turn.address], stopped=stopped)) is not None
    }
    left = [turn.address for turn in rolling.turns if turn not in ended]
    settled = dict.fromkeys(rolling.settled, "")
    if left:
        store.return_tickets(rolling.name, left)
    if ended or settled:
        store.end_tickets(rolling.name, settled | ended)
    if rolling.shared and (ended or left or settled):
        waiting = store.standings(conditions=(Condition.WAITING,), limit=_WOKEN)
        store.wake({standing.host for standing in waiting if standing.host})


def _failure(outcomes: list[Outcome], *, stopped: bool) -> str | None:
    """What went wrong with a guest, '' for nothing; None where it is not over: nothing was done, it was
    stopped, or a part of it waits for its window."""
    failed = next((outcome for outcome in outcomes if outcome.result is Result.FAILED), None)
    if failed:
        return f"{failed.action.verb}: {failed.message}"
    results = {outcome.result for outcome in outcomes}
    if not results & {Result.DONE, Result.UNCHANGED}:
        return None
    skipped = next((outcome for outcome in outcomes if outcome.result is Result.SKIPPED), None)
    if skipped:
        return None if stopped else f"{skipped.action.verb}: {skipped.message}"
    return None if earliest(outcome.action for outcome in outcomes) is not None else ""
