"""The guard before data: what a plan would destroy, and the plan without it."""

from __future__ import annotations

from dataclasses import replace

from reconciler.compare.model import Effect
from reconciler.plan.model import Action, Plan
from reconciler.plan.records import as_far_as_done


def destructive(plan: Plan) -> tuple[Action, ...]:
    """The actions that destroy data and are not held back already."""
    return tuple(a for a in plan.actions if a.effect is Effect.DESTROYS_DATA and not a.deferred)


def without_data_loss(plan: Plan, why: str) -> Plan:
    """The plan with what destroys data held back, and all that belongs to it: a guest is not stopped for
    nothing."""
    return without(plan, {action.id for action in destructive(plan)}, why)


def without(plan: Plan, held: set[str], why: str) -> Plan:
    """The plan with these actions held back, and with them everything that belongs to them: what waits for
    them, and what is done to the same resources meanwhile."""
    if not held:
        return plan
    while True:
        addresses = {action.address for action in plan.actions if action.id in held}
        more = {
            action.id
            for action in plan.actions
            if action.id not in held and (action.address in addresses or held.intersection(action.after))
        }
        if not more:
            break
        held = held | more
    actions = tuple(
        replace(action, deferred=action.deferred or why) if action.id in held else action
        for action in plan.actions
    )
    return replace(plan, actions=actions, refreshes=as_far_as_done(plan.refreshes, actions))
