"""Which records a plan leads to: no more than what is done, whatever holds the rest back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.plan.model import Action, Refresh


def as_far_as_done(refreshes: Iterable[Refresh], actions: Iterable[Action]) -> tuple[Refresh, ...]:
    """Without the record of what is not made as it is declared, for the difference would be taken for the
    hypervisor's own form of it from then on; and without a word on what runs where anything is held back."""
    held = [action for action in actions if action.deferred]
    undone = {action.address for action in held if action.operation.stands}
    waiting = {action.address for action in held}
    return tuple(
        replace(each, live_ok=False) if each.address in waiting else each
        for each in refreshes
        if each.address not in undone
    )
