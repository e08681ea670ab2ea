"""Guests that nobody remembers are not made before every host was looked at once: one may run there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reconciler.plan.model import Plan, Status
from specs.identity import Address, Kind

_NAMED = 3


def once_all_were_looked_at(plan: Plan, recorded: Collection[Address], unseen: Collection[str]) -> Plan:
    """The plan without making what no record knows, while there are hosts that nobody has looked at yet."""
    waiting = {
        verdict.address
        for verdict in plan.verdicts
        if verdict.status is Status.CREATE
        and verdict.address.kind is Kind.DOMAIN
        and verdict.address not in recorded
    }
    if not unseen or not waiting:
        return plan
    names = sorted(unseen)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    why = f"{', '.join(names[:_NAMED])}{more} were not looked at yet, and it may be there"
    actions = tuple(
        replace(action, deferred=action.deferred or why) if action.address in waiting else action
        for action in plan.actions
    )
    refreshes = tuple(refresh for refresh in plan.refreshes if refresh.address not in waiting)
    return replace(plan, actions=actions, refreshes=refreshes)
