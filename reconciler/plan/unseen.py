"""What is not done yet because nobody knows enough: a guest may run on a host that nobody has looked at, or
be on its way to something else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from reconciler.plan.model import Plan, Status
from specs.identity import Address, Kind
from specs.listing import listed

_NAMED = 3
_SOON = 10.0
"""Seconds after which more is known, as a rule."""


def once_all_were_looked_at(plan: Plan, recorded: Collection[Address], unseen: Collection[str]) -> Plan:
    """The plan without making guests that no record knows, while there are hosts that nobody has looked at
    yet: one may run there."""
    if not unseen:
        return plan
    why = f"{listed(sorted(unseen), _NAMED)} were not looked at yet, and it may be there"
    new = (
        verdict.address
        for verdict in plan.verdicts
        if verdict.status is Status.CREATE
        and verdict.address.kind is Kind.DOMAIN
        and verdict.address not in recorded
    )
    return _held(plan, dict.fromkeys(new, why))


def once_settled(plan: Plan, host: str, unsettled: Collection[tuple[Kind, str]]) -> Plan:
    """The plan without what is just on its way to something else on the host, such as a guest that
    reboots."""
    moving = {
        action.address: "it is just changing by itself; looked at again when it has settled"
        for action in plan.actions
        if host in action.hosts and (action.address.kind, action.native) in unsettled
    }
    return _held(plan, moving)


def _held(plan: Plan, waiting: Mapping[Address, str]) -> Plan:
    if not waiting:
        return plan
    actions = tuple(
        replace(action, deferred=waiting[action.address], until=plan.created + _SOON)
        if action.address in waiting and not action.deferred
        else action
        for action in plan.actions
    )
    refreshes = tuple(refresh for refresh in plan.refreshes if refresh.address not in waiting)
    return replace(plan, actions=actions, refreshes=refreshes)
