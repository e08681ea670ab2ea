"""What a round found and did, as lines of a log: for people the message, for programs what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from drivers.base import Change
from reconciler.operations import Effect
from reconciler.plan.model import Outcome, Plan, Status, Verdict
from reconciler.report.changes import ToldChange, changes_of
from reconciler.report.places import NOTHING, field_of
from reconciler.report.resource import WHEN, action_name
from specs.listing import listed

_NO_VALUES = (Status.CREATE, Status.DELETE, Status.RELEASE)
"""Of what comes or goes as a whole, the actions say it."""
_MOST = 50
_MOMENTS = 10.0
_TOLD = 3
_WHY = {
    "timer": "",
    "first look": "first look",
    "files": "the files changed",
    "decision": "somebody decided something",
    "acted upon": "to see what was done",
    "placed": "a guest was placed there",
    "told": "another controller tells of something",
    "watched anew": "its events are heard from now on",
}
"""What made a round due, for people."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One message, with what it is about beside its host: the names of fields and their values."""

    message: str
    address: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


def woken_by(why: str, changes: Iterable[Change]) -> str:
    """What woke a round: 'Domain/web stopped', 'the files changed'; '' when its time had come."""
    if why != "event":
        return _WHY.get(why, why)
    told = list(dict.fromkeys(_change(change) for change in changes))
    return f"the host tells: {listed(told, _TOLD)}" if told else "the host told of a change"


def change_lines(plan: Plan) -> Iterator[LogLine]:
    """What differs, value by value; of a great many the first ones."""
    found = [
        (verdict, change)
        for verdict in plan.verdicts
        if verdict.status not in _NO_VALUES and verdict.differences
        for change in changes_of(replace(verdict, pending=()))
    ]
    for verdict, change in found[:_MOST]:
        yield _line(verdict, change)
    if len(found) > _MOST:
        yield LogLine(f"{len(found) - _MOST} more values differ; `plan` and the page show them")


def left_lines(plan: Plan) -> Iterator[LogLine]:
    """What is left as it is, and why: blocked, or held back by a policy, a window or a person; not what waits
    for moments only."""
    for verdict in plan.verdicts:
        if verdict.status is Status.BLOCKED:
            message = f"{verdict.address}: blocked: {verdict.problem}"
            yield LogLine(message, str(verdict.address), {"problem": verdict.problem})
    for action in plan.actions:
        if action.deferred and not (action.until is not None and action.until <= plan.created + _MOMENTS):
            message = f"{action.address}: {action.verb} held back: {action.deferred}"
            yield LogLine(message, str(action.address), {"verb": action.verb, "problem": action.deferred})


def outcome_line(outcome: Outcome, run: int) -> LogLine:
    """'done: start Domain/web (0.3 s, run 12)'."""
    action = outcome.action
    told = f": {outcome.message}" if outcome.message else ""
    by = f", run {run}" if run else ""
    message = f"{outcome.result}: {action_name(action)} ({outcome.seconds:.1f} s{by}){told}"
    more = {"verb": action.verb, "result": str(outcome.result), "seconds": f"{outcome.seconds:.3f}"}
    return LogLine(message, str(action.address), more)


def _line(verdict: Verdict, change: ToldChange) -> LogLine:
    effect = str(change.effect) if change.effect is not Effect.NONE else ""
    told = ", ".join(filter(None, (str(change.cause), WHEN[change.effect])))
    message = f"{verdict.address}: {change} [{told}]"
    about = {
        "field": field_of(verdict.address.kind, change.path),
        "path": change.path,
        "before": change.before or NOTHING,
        "after": change.after or NOTHING,
        "cause": str(change.cause),
    }
    return LogLine(message, str(verdict.address), about | ({"effect": effect} if effect else {}))


def _change(change: Change) -> str:
    what = f"{change.kind}/{change.name}" if change.name else f"a {change.kind}"
    return f"{what} {change.what}"
