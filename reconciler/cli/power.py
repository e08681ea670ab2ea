"""What start, stop and restart share: what was typed, and doing it here or through a controller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler.cli.asked import Costs, Request, do
from reconciler.cli.common import Common
from reconciler.cli.deciding import author_of, expiry_of
from reconciler.cli.handing import hand_over
from reconciler.cli.named import guests_of, names_and_tree, places_of, selectors_of
from reconciler.cli.source import located
from reconciler.plan.asked_power import PowerAsked, PowerVerb, plan_power
from reconciler.plan.model import Plan, Status
from specs.desired import Declared, Desired
from specs.identity import Address
from state import Locked, OpenState
from state.decisions import Verb

_LEFT_ALONE = frozenset({Status.BLOCKED, Status.UNREACHABLE, Status.SUSPENDED})


@dataclass(frozen=True, slots=True)
class PowerGiven:
    """What was typed; `hold` is for how long a guest stays stopped: None for not at all, '' until somebody
    starts it."""

    verb: PowerVerb
    words: tuple[str, ...]
    yes: bool = False
    force: bool = False
    wait: bool = False
    hold: str | None = None
    reason: str = ""
    author: str = ""


def ask_for(common: Common, given: PowerGiven) -> int:
    """Does it, or has the controller do it that works the fleet; the exit code."""
    names, source = names_and_tree(given.words)
    only = selectors_of(names)
    expiry_of(given.hold or "", "")  # what is wrong with it is told before anything is done
    common, desired = located(common, source, valid=True)
    guests = guests_of(names, only, desired)
    asked = PowerAsked(
        given.verb,
        only,
        force=given.force,
        wait=given.wait,
        held=given.hold is not None,
        places=_places(guests, desired),
        commit=common.options().commit,
    )
    with common.store(desired, readonly=False) as store:
        request = Request(
            given.verb,
            guests,
            lambda tree, world: plan_power(tree, world, asked),
            costs=Costs(_powered_off, "may power off", "--yes") if given.force and not given.yes else None,
            agreed=lambda plan, store: _decide(given, plan, store),
        )
        try:
            if not store.controllers():
                return do(common, desired, request, store, yes=given.yes)
        except Locked:
            if not store.controllers():
                raise
        lasting = replace(given, hold=given.hold or "")
        asked = replace(asked, held=True)
        request = replace(request, agreed=lambda plan, store: _decide(lasting, plan, store))
        return hand_over(common, desired, request, asked, store, yes=given.yes)


def _places(guests: Iterable[Declared], desired: Desired) -> Mapping[Address, str]:
    """Where each file says its power, and what it says."""
    found = places_of(guests, desired.root, "state")
    return {
        declared.address: f"{found[declared.address]} says state: {declared.power}"
        for declared in guests
        if declared.address in found
    }


def _powered_off(plan: Plan) -> tuple[str, ...]:
    return tuple(action.native for action in plan.changes)


def _decide(given: PowerGiven, plan: Plan, store: OpenState) -> None:
    """Keeps those stopped that are to stay so, and ends that of those that are started. It is written before
    anything is done: a process that is killed in between leaves what was wanted."""
    author = author_of(given.author)
    for address in _meant(plan):
        if given.verb is PowerVerb.START:
            store.end_decision(Verb.STOP, str(address), author)
        elif given.verb is PowerVerb.STOP and given.hold is not None:
            store.end_decision(Verb.RESTART, str(address), author)
            store.decide(Verb.STOP, str(address), author, given.reason, expiry_of(given.hold, ""))


def _meant(plan: Plan) -> list[Address]:
    return [verdict.address for verdict in plan.verdicts if verdict.status not in _LEFT_ALONE]
