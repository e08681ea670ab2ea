"""Fights: what somebody changes again and again as often as it is healed is left alone for longer and longer.

The journal is the memory: what was healed, and when, is read from it, so that a restart or another
controller forgets nothing. Pure: the history is passed in, and so is now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from reconciler.compare.model import Cause
from reconciler.plan.model import Action, Plan
from reconciler.plan.records import as_far_as_done
from reconciler.report.past import deed_upon
from reconciler.report.words import age
from specs.fights import FightPolicy
from specs.identity import Address
from state.journal import ActionEntry

_LONGEST = 24
"""How often the pause is doubled, at most: no number grows beyond all bounds."""

_NEVER: Mapping[Address, float] = MappingProxyType({})

History = Callable[[str], Sequence[ActionEntry]]
"""The latest actions on an address (`Journal.actions_on`)."""


@dataclass(frozen=True, slots=True)
class Fight:
    """What is healed again and again: how often in which time, and until when it is left alone."""

    address: Address
    action: str
    times: int
    seconds: float
    until: float

    @property
    def why(self) -> str:
        """'healed 5 times in 10m (set-memory Domain/web); left alone for a while'."""
        return f"healed {self.times} times in {age(self.seconds)} ({self.action}); left alone for a while"


def fights_in(
    plan: Plan, history: History, policy: FightPolicy, now: float, edited: Mapping[Address, float] = _NEVER
) -> Mapping[Address, Fight]:
    """The resources that are to be healed now and are not to be, because it was done too often. What was done
    before its declaration was `edited` was about something else."""
    found = {}
    for address, actions in _healing(plan).items():
        entries = [entry for entry in history(str(address)) if entry.started >= edited.get(address, 0.0)]
        fights = [_fight(address, action, entries, policy) for action in sorted(actions)]
        lasting = [fight for fight in fights if fight and now < fight.until]
        if lasting:
            found[address] = max(lasting, key=lambda fight: fight.until)
    return found


def without_fights(plan: Plan, fights: Mapping[Address, Fight]) -> Plan:
    """The plan with what is fought over held back until then, and what waits for it."""
    if not fights:
        return plan
    held: dict[str, Action] = {}
    for action in plan.actions:
        fight = fights.get(action.address)
        cause = next((held[id_] for id_ in action.after if id_ in held), None)
        if action.deferred:
            continue
        if fight is not None:
            held[action.id] = replace(action, deferred=fight.why, until=fight.until)
        elif cause is not None:
            why = f"waits for {cause.address} ({cause.deferred})"
            held[action.id] = replace(action, deferred=why, until=cause.until)
    actions = tuple(held.get(action.id, action) for action in plan.actions)
    return replace(plan, actions=actions, refreshes=as_far_as_done(plan.refreshes, actions))


def _healing(plan: Plan) -> Mapping[Address, set[str]]:
    """What is to be set right because somebody changed it on the host: the actions that do it."""
    drifted = {
        verdict.address
        for verdict in plan.verdicts
        if any(difference.cause is Cause.DRIFTED for difference in verdict.differences)
    }
    found: defaultdict[Address, set[str]] = defaultdict(set)
    for action in plan.actions:
        if action.address in drifted and not action.deferred:
            found[action.address].add(action.id)
    return found


def _fight(
    address: Address, action: str, entries: Iterable[ActionEntry], policy: FightPolicy
) -> Fight | None:
    """Each time that it is healed too often, or again soon after a pause, the pause is twice as long."""
    recent: list[float] = []
    level = 0
    done = sorted((e for e in entries if e.action == action and e.outcome == "done"), key=lambda e: e.started)
    for at in (entry.started for entry in done):
        if level and at - recent[-1] <= _pause(level, policy) + policy.within:
            recent.append(at)
            level += 1
        else:
            recent = [*(earlier for earlier in recent if at - earlier <= policy.within), at]
            level = int(len(recent) >= policy.times)
    if not level:
        return None
    return Fight(
        address, deed_upon(done[-1]), len(recent), recent[-1] - recent[0], recent[-1] + _pause(level, policy)
    )


def _pause(level: int, policy: FightPolicy) -> float:
    """How long it is left alone."""
    return min(policy.back_off * 2.0 ** min(level - 1, _LONGEST), policy.longest)
