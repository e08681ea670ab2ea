"""A plan in one line: how much of what, and whom it costs something."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from reconciler.operations import Effect, Stop
from reconciler.plan.model import Action, Plan, Status, Verdict
from reconciler.report.words import counted, kind_word, name_told
from specs.identity import Address
from specs.listing import listed

_TO_DO = {Status.CREATE, Status.CHANGE, Status.DELETE, Status.ADOPT, Status.RELEASE}
_MOST_NAMED = 3
_MILD = {Effect.LIVE: "live", Effect.NEXT_BOOT: "at next start"}
_FELT = {Effect.RESTART: "restarts NOW", Effect.MIGRATE: "moves NOW"}
_STOPS = "stops NOW"
_ORDER = (*_MILD.values(), *_FELT.values(), _STOPS)


def summary(plan: Plan) -> str:
    """'Plan: 2 to create, 3 to change (1 restarts NOW), 1 to delete (DESTROYS DATA: volume guests/old).'"""
    idle = {action.address for action in plan.actions if action.deferred}
    idle -= {action.address for action in plan.actions if not action.deferred}
    held = [v for v in plan.verdicts if v.status in _TO_DO and v.address in idle]
    count = Counter(verdict.status for verdict in plan.verdicts) - Counter(verdict.status for verdict in held)
    return " ".join([*_to_do(plan, count), *_beside(plan, count, len(held))])


def _to_do(plan: Plan, count: Counter[Status]) -> Iterator[str]:
    if plan.changes:
        told = (
            f"{count[status]} to {status}{_costs(plan, status)}"
            for status in (Status.CREATE, Status.CHANGE, Status.DELETE)
        )
        yield f"Plan: {', '.join(told)}."
    else:
        matching = count[Status.CONVERGED] + count[Status.ADOPT]
        where = " on the hosts that were reached" if plan.unreachable else ""
        yield f"No changes{where}. {counted(matching, 'resource matches', 'resources match')}."


def _beside(plan: Plan, count: Counter[Status], held: int) -> Iterator[str]:
    if count[Status.RELEASE]:
        yield f"{count[Status.RELEASE]} to release (the mark and the record go, nothing else)."
    if count[Status.ADOPT]:
        yield f"{count[Status.ADOPT]} to adopt (ownership mark only)."
    restarted = {action.address for action in plan.changes if action.effect is Effect.RESTART}
    pending = sum(bool(v.pending) and v.address not in restarted for v in plan.verdicts)
    if pending:
        yield f"{counted(pending, 'resource waits', 'resources wait')} for a restart."
    if held:
        yield f"{held} held back."
    for status in (Status.BLOCKED, Status.UNREACHABLE, Status.KEPT, Status.SUSPENDED):
        if count[status]:
            yield f"{count[status]} {status}."


def _costs(plan: Plan, status: Status) -> str:
    """What those of a status cost; whose data is lost by name."""
    of_status = {verdict.address: verdict for verdict in plan.verdicts if verdict.status is status}
    actions: defaultdict[Address, list[Action]] = defaultdict(list)
    for action in plan.changes:
        if action.address in of_status:
            actions[action.address].append(action)
    count = Counter(cost for each, own in actions.items() for cost in _costs_of(own, of_status[each]))
    told = [f"{count[cost]} {_many(cost, count[cost])}" for cost in _ORDER if count[cost]]
    lost = [address for address, own in actions.items() if any(map(_destroys, own))]
    if lost:
        told.append(f"DESTROYS DATA: {_named(lost)}")
    return f" ({', '.join(told)})" if told else ""


def _costs_of(actions: list[Action], verdict: Verdict) -> Iterator[str]:
    """All that is felt of one resource; of a change that nobody feels, its worst."""
    felt = {
        _STOPS if isinstance(a.operation, Stop) else _FELT[a.effect] for a in actions if a.effect in _FELT
    }
    if verdict.status is Status.CREATE:
        felt -= {_FELT[Effect.MIGRATE]}  # what comes along is not what moves
    yield from felt
    worst = max((action.effect for action in actions), key=lambda effect: effect.severity)
    if worst is Effect.LIVE and _waits(actions, verdict):
        worst = Effect.NEXT_BOOT
    if verdict.status is Status.CHANGE and not felt and worst in _MILD:
        yield _MILD[worst]


def _waits(actions: list[Action], verdict: Verdict) -> bool:
    """Whether all that could be changed live waits for the next start."""
    live = {reason.path for each in actions for reason in each.reasons if reason.effect is Effect.LIVE}
    return bool(live) and live <= {each.path for each in verdict.pending}


def _destroys(action: Action) -> bool:
    return action.effect is Effect.DESTROYS_DATA


def _many(cost: str, number: int) -> str:
    """'1 restarts NOW', '2 restart NOW'."""
    verb, space, rest = cost.partition(" ")
    return cost if number == 1 or verb in ("live", "at") else f"{verb.removesuffix('s')}{space}{rest}"


def _named(addresses: list[Address]) -> str:
    named = [f"{kind_word(address.kind)[0]} {name_told(address)}" for address in addresses]
    return listed(named, _MOST_NAMED)
