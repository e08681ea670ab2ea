"""Power of guests in a fleet that a controller works: what a person wants is decided, and the controller does
it. Done past it, it would be taken for drift and healed within a second."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from reconciler.cli.asked import Request, looked_at, shown_and_asked
from reconciler.cli.common import Common
from reconciler.cli.deciding import author_of
from reconciler.cli.ends import FAILED, OK
from reconciler.faults import Fault
from reconciler.plan.asked_power import PowerAsked, PowerVerb
from reconciler.plan.model import Plan, Status
from reconciler.report.past import deed_upon
from reconciler.underway import doing
from specs.desired import OFF, Desired
from state import OpenState
from state.claims import Controller
from state.decisions import Verb
from state.journal import ActionEntry

_PATIENCE = 60.0
"""Seconds that a controller has, besides what guests may take to stop and to be ready."""

_LOOK_AGAIN = 0.2


def hand_over(
    common: Common, desired: Desired, request: Request, asked: PowerAsked, store: OpenState, *, yes: bool
) -> int:
    """Plans and asks as if it were done here, decides, and waits until the controller has done it."""
    controller = named(store.controllers())
    if asked.force:
        raise Fault(
            f"{controller} works this fleet and stops guests as their files say: write stop: {{force: true}}"
            " there, or end it first; nothing was done"
        )
    _require_no_contradiction(desired, request, asked, controller)
    with looked_at(desired, request, store, readonly=True) as (planned, _):
        plan = planned.plan
        shown_and_asked(common, request, plan, yes=yes)
    number = store.last_number()
    request.agreed(plan, store)
    if asked.verb is PowerVerb.RESTART:
        for action in plan.changes:
            store.decide(Verb.RESTART, str(action.address), author_of(""), "")
    store.wake({verdict.host for verdict in plan.verdicts})
    if not plan.changes:
        return FAILED if any(v.status is Status.BLOCKED for v in plan.verdicts) else OK
    common.tell(f"{controller} works this fleet: it does that")
    with doing(f"waiting for {controller}"):
        return _followed(common, desired, plan, store, number)


def _require_no_contradiction(desired: Desired, request: Request, asked: PowerAsked, controller: str) -> None:
    """A guest that its file has stopped would not run for a second."""
    for declared in request.guests if asked.verb is PowerVerb.START else ():
        if declared.power in OFF:
            place = asked.places.get(declared.address) or f"{declared.origin} has it stopped"
            raise Fault(
                f"{place}, and {controller} works this fleet, which would stop {declared.address.name} at"
                " once: write state: running there; nothing was done"
            )


def named(controllers: Sequence[Controller]) -> str:
    """The controllers that work a fleet, as a person finds them."""
    first = controllers[0]
    more = f" and {len(controllers) - 1} more" if len(controllers) > 1 else ""
    return f"run (process {first.pid} on {first.machine}){more}"


def _followed(common: Common, desired: Desired, plan: Plan, store: OpenState, number: int) -> int:
    """What became of it, as the journal tells, until all of it has ended."""
    wanted = {(str(action.address), action.verb) for action in plan.changes}
    until = time.monotonic() + _PATIENCE + max(_longest(desired, plan), default=0.0)
    failed = False
    while wanted:
        for entry in store.changes_after(number):
            number = max(number, entry.number)
            key = (entry.address, entry.verb)
            if entry.outcome and key in wanted:
                wanted.discard(key)
                failed = failed or entry.outcome == "failed"
                common.say(_line(entry))
        if wanted and time.monotonic() > until:
            raise Fault(
                f"not done yet: {', '.join(sorted(address for address, _ in wanted))}; it stays decided"
                " (decisions), and run's log says what holds it up"
            )
        if wanted:
            time.sleep(_LOOK_AGAIN)
    return FAILED if failed else OK


def _longest(desired: Desired, plan: Plan) -> Collection[float]:
    guests = [desired.resources[action.address] for action in plan.changes]
    return [each.policy.stop.deadline + (each.ready.timeout if each.ready else 0.0) for each in guests]


def _line(entry: ActionEntry) -> str:
    told = f": {entry.message}" if entry.message else ""
    return f"{entry.outcome:9} {deed_upon(entry)}{told}"
