"""Plans and outcomes as text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from reconciler.operations import Effect
from reconciler.plan.merging import Merge
from reconciler.plan.model import Outcome, Plan, Result
from reconciler.report.footer import summary
from reconciler.report.groups import blocks
from reconciler.report.paint import Paint
from reconciler.report.resource import action_name
from reconciler.report.words import counted
from reconciler.report.wrap import wrapped
from specs.listing import listed

__all__ = ["merge_lines", "merge_summary", "outcome_line", "outcomes_summary", "plan_lines", "summary"]

_RESULTS = {
    Result.DONE: "green",
    Result.UNCHANGED: "dim",
    Result.FAILED: "red",
    Result.SKIPPED: "yellow",
    Result.DEFERRED: "dim",
}


def plan_lines(plan: Plan, paint: Paint, *, verbose: bool = False, width: int = 0) -> Iterator[str]:
    """The plan, resource by resource (or many alike at once), with its summary last; with a width no line is
    longer, as far as its words allow."""
    for line in _plan_lines(plan, paint, verbose=verbose):
        yield from wrapped(line, width)


def _plan_lines(plan: Plan, paint: Paint, *, verbose: bool) -> Iterator[str]:
    for host, message in sorted(plan.unreachable.items()):
        yield paint("red", f"? host {host} cannot be reached: {message}")
    for warning in plan.warnings:
        yield paint("yellow", f"warning: {warning}")
    for block in blocks(plan, paint, verbose=verbose):
        yield ""
        yield from block.told(paint)
    yield ""
    if len(plan.rolling.turns) > 1:
        guests = counted(len(plan.rolling.turns), "guest")
        yield f"Roll-out: {guests}, in the order that the Fleet says; one that fails stops those after it."
    yield paint("bold", summary(plan))


_COSTLY = {
    Effect.DESTROYS_DATA: "destroys data of",
    Effect.RESTART: "restarts or stops",
    Effect.MIGRATE: "moves",
}
_MOST_NAMED = 10


def merge_summary(merge: Merge) -> Iterator[str]:
    """What merging would do, in a few lines: how much of what, and whom it costs something."""
    yield "it would change nothing" if merge.is_empty else f"it would do this: {summary(merge.merged)}"
    for effect, words in _COSTLY.items():
        found = list(dict.fromkeys(str(a.address) for a in merge.merged.changes if a.effect is effect))
        if found:
            yield f"it {words} {listed(found, _MOST_NAMED)}"
    unknown = {**merge.pending.unreachable, **merge.merged.unreachable}
    for host, why in sorted(unknown.items())[:_MOST_NAMED]:
        yield f"what it would do on host {host} is not known: {why}"


def merge_lines(merge: Merge, paint: Paint, *, verbose: bool = False, width: int = 0) -> Iterator[str]:
    """What merging would do, and then what is to be done anyway."""
    if merge.is_empty:
        yield paint("bold", "Merging would change nothing.")
    else:
        yield paint("bold", "Merging would do this:")
        yield from plan_lines(merge.merged, paint, verbose=verbose, width=width)
    for action in merge.averted:
        yield f"no longer to be done: {action_name(action)}"
    if merge.pending.verdicts or merge.pending.warnings or merge.pending.unreachable:
        yield ""
        yield paint("bold", "To be done anyway, merged or not:")
        yield from plan_lines(merge.pending, paint, verbose=verbose, width=width)


def outcome_line(outcome: Outcome, paint: Paint) -> str:
    """'done define Domain/web (0.3 s)'."""
    told = f": {outcome.message}" if outcome.message else ""
    took = f" ({outcome.seconds:.1f} s)" if outcome.seconds >= 0.05 else ""
    return (
        f"{paint(_RESULTS[outcome.result], f'{outcome.result:9}')} {action_name(outcome.action)}{took}{told}"
    )


def outcomes_summary(outcomes: Iterable[Outcome]) -> str:
    """'Applied: 5 done, 1 failed, 2 skipped.'"""
    count: defaultdict[Result, int] = defaultdict(int)
    for outcome in outcomes:
        count[outcome.result] += 1
    told = ", ".join(f"{number} {result}" for result in Result if (number := count[result]))
    return f"Applied: {told or 'nothing to do'}."
