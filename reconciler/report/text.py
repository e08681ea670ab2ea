"""Plans and outcomes as text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from reconciler.compare.model import Difference, Note
from reconciler.operations import Effect, Stop
from reconciler.plan.merging import Merge
from reconciler.plan.model import Action, Outcome, Plan, Result, Status, Verdict
from reconciler.report.paint import Paint
from reconciler.report.words import age, counted, humanised
from specs.identity import Kind

_SIGNS = {
    Status.CREATE: ("+", "green"),
    Status.CHANGE: ("~", "yellow"),
    Status.DELETE: ("-", "red"),
    Status.ADOPT: (">", "cyan"),
    Status.RELEASE: ("<", "cyan"),
    Status.BLOCKED: ("!", "red"),
    Status.UNREACHABLE: ("?", "red"),
    Status.KEPT: ("=", "dim"),
    Status.SUSPENDED: ("|", "magenta"),
    Status.CONVERGED: ("=", "dim"),
}
_TO_DO = {Status.CREATE, Status.CHANGE, Status.DELETE, Status.ADOPT, Status.RELEASE}
_EFFECTS = {
    Effect.NONE: "",
    Effect.LIVE: "live",
    Effect.NEXT_BOOT: "next boot",
    Effect.RESTART: "restart",
    Effect.MIGRATE: "migrates",
    Effect.REPLACE: "replaces",
    Effect.DESTROYS_DATA: "DESTROYS DATA",
}
_COUNTED = {Effect.MIGRATE: "to migrate", Effect.DESTROYS_DATA: "DESTROYING DATA"}
_RESULTS = {
    Result.DONE: "green",
    Result.UNCHANGED: "dim",
    Result.FAILED: "red",
    Result.SKIPPED: "yellow",
    Result.DEFERRED: "dim",
}


def plan_lines(plan: Plan, paint: Paint, *, verbose: bool = False) -> Iterator[str]:
    """The plan, resource by resource, with its summary last."""
    for host, message in sorted(plan.unreachable.items()):
        yield paint("red", f"? host {host} cannot be reached: {message}")
    for warning in plan.warnings:
        yield paint("yellow", f"warning: {warning}")
    actions: defaultdict[str, list[Action]] = defaultdict(list)
    for action in plan.actions:
        actions[str(action.address)].append(action)
    for verdict in plan.verdicts:
        lines = tuple(resource_lines(verdict, actions[str(verdict.address)], plan, paint, verbose=verbose))
        yield from ("", *lines) if lines else ()
    yield ""
    if len(plan.rolling.turns) > 1:
        guests = counted(len(plan.rolling.turns), "guest")
        yield f"Roll-out: {guests}, in the order that the Fleet says; one that fails stops those after it."
    yield paint("bold", summary(plan))


def resource_lines(
    verdict: Verdict, actions: list[Action], plan: Plan, paint: Paint, *, verbose: bool = False
) -> Iterator[str]:
    """What a plan says of one resource; nothing where nothing is to be said."""
    if not _worth_showing(verdict, actions, verbose=verbose):
        return
    if verdict.status is Status.SUSPENDED and not verbose:
        yield from _head(verdict, paint)
        return
    yield from _verdict_lines(verdict, actions, paint, verbose=verbose)
    yield from _held_lines(actions, plan.created, paint)


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
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        if found:
            yield f"it {words} {', '.join(found[:_MOST_NAMED])}{more}"
    unknown = {**merge.pending.unreachable, **merge.merged.unreachable}
    for host, why in sorted(unknown.items())[:_MOST_NAMED]:
        yield f"what it would do on host {host} is not known: {why}"


def merge_lines(merge: Merge, paint: Paint, *, verbose: bool = False) -> Iterator[str]:
    """What merging would do, and then what is to be done anyway."""
    if merge.is_empty:
        yield paint("bold", "Merging would change nothing.")
    else:
        yield paint("bold", "Merging would do this:")
        yield from plan_lines(merge.merged, paint, verbose=verbose)
    for action in merge.averted:
        yield f"no longer to be done: {action.id}"
    if merge.pending.verdicts or merge.pending.warnings or merge.pending.unreachable:
        yield ""
        yield paint("bold", "To be done anyway, merged or not:")
        yield from plan_lines(merge.pending, paint, verbose=verbose)


def _worth_showing(verdict: Verdict, actions: list[Action], *, verbose: bool) -> bool:
    if verdict.status is Status.UNREACHABLE:
        return verbose
    return bool(
        verbose
        or actions
        or verdict.pending
        or verdict.status is not Status.CONVERGED
        or verdict.problem
        or verdict.notes
    )


def _head(verdict: Verdict, paint: Paint) -> Iterator[str]:
    sign, colour = _SIGNS[verdict.status]
    where = f" on {verdict.host}" if verdict.address.kind is Kind.DOMAIN else ""
    origin = f"  ({verdict.origin})" if verdict.origin else ""
    yield paint(colour, f"{sign} {verdict.address}{where}") + paint("dim", origin)
    if verdict.problem:
        yield f"    {verdict.status}: {verdict.problem}"


def _held_lines(actions: list[Action], now: float, paint: Paint) -> Iterator[str]:
    """What is held back, for what, and in how long it will be done."""
    held = dict.fromkeys((a.verb, a.deferred, a.until) for a in actions if a.deferred)
    for verb, why, until in held:
        wait = f" (in {age(until - now)})" if until is not None else ""
        yield paint("dim", f"    {verb} held back: {why}{wait}")


def _verdict_lines(verdict: Verdict, actions: list[Action], paint: Paint, *, verbose: bool) -> Iterator[str]:
    yield from _head(verdict, paint)
    if verdict.privileged and (verbose or any(not action.deferred for action in actions)):
        for privilege in verdict.privileged:
            yield paint("red", f"    ! privileged: {privilege}")
    for note in verdict.notes:
        yield paint("dim", f"    note: {note}")
    if verdict.status not in (Status.CREATE, Status.DELETE):
        for difference in filter(lambda found: found.path, verdict.differences):
            yield f"    {_difference(difference, paint)}"
    todo = [action for action in actions if not action.deferred]
    if todo:
        yield paint("dim", "    → ") + ", ".join(_action(action, paint) for action in todo)
    for difference in verdict.pending:
        yield f"    {paint('yellow', 'pending restart')}: {_values(difference)}"
    for kept_as in verdict.rewritten:
        declared = humanised(kept_as.declared)
        if kept_as.observed is None:
            yield paint("dim", f"    {not_kept(kept_as)}")
        elif verbose:
            kept = f"{kept_as.path}: {declared} is kept as {humanised(kept_as.observed)}"
            yield paint("dim", f"    rewritten by the hypervisor: {kept}")


def not_kept(note: Note) -> str:
    """A setting that the host drops, and what would keep it."""
    keeper = f" (libvirt {note.keeper} keeps it)" if note.keeper else ""
    return f"not kept by the hypervisor: {note.path}: {humanised(note.declared)}{keeper}"


def _difference(difference: Difference, paint: Paint) -> str:
    effect = _EFFECTS[difference.effect]
    told = f"{difference.cause}, {effect}" if effect else str(difference.cause)
    return f"{_values(difference)}  {paint('dim', f'[{told}]')}"


def _values(difference: Difference) -> str:
    before, after = humanised(difference.observed), humanised(difference.declared)
    if before == after:
        after = after.replace("(secret)", "(another secret)")
    return f"{difference.path}: {before} → {after}"


def _action(action: Action, paint: Paint) -> str:
    named = " ".join(filter(None, (action.verb, action.part, action.operation.detail())))
    if action.effect in (Effect.RESTART, Effect.DESTROYS_DATA):
        stops = isinstance(action.operation, Stop)
        return paint("red", f"{named} ({'stops the guest' if stops else _EFFECTS[action.effect]})")
    return named


def summary(plan: Plan) -> str:
    """One line: how much of what."""
    idle = {action.address for action in plan.actions if action.deferred}
    idle -= {action.address for action in plan.actions if not action.deferred}
    held = [v for v in plan.verdicts if v.status in _TO_DO and v.address in idle]
    count = Counter(verdict.status for verdict in plan.verdicts) - Counter(verdict.status for verdict in held)
    adopted = count[Status.ADOPT]
    parts = []
    if plan.changes:
        parts.append(
            f"Plan: {count[Status.CREATE]} to create, {count[Status.CHANGE]} to change{_effects(plan)},"
            f" {count[Status.DELETE]} to delete."
        )
    else:
        matching = count[Status.CONVERGED] + adopted
        where = " on the hosts that were reached" if plan.unreachable else ""
        parts.append(f"No changes{where}. {counted(matching, 'resource matches', 'resources match')}.")
    if count[Status.RELEASE]:
        parts.append(f"{count[Status.RELEASE]} to release (the mark and the record go, nothing else).")
    if adopted:
        parts.append(f"{adopted} to adopt (ownership mark only).")
    pending = sum(bool(verdict.pending) for verdict in plan.verdicts)
    if pending:
        parts.append(f"{counted(pending, 'resource waits', 'resources wait')} for a restart.")
    if held:
        parts.append(f"{len(held)} held back.")
    for status in (Status.BLOCKED, Status.UNREACHABLE, Status.KEPT, Status.SUSPENDED):
        if count[status]:
            parts.append(f"{count[status]} {status}.")
    return " ".join(parts)


def _effects(plan: Plan) -> str:
    changed = {verdict.address for verdict in plan.verdicts if verdict.status is Status.CHANGE}
    worst: dict[object, Effect] = {}
    for action in plan.changes:
        if action.address in changed:
            before = worst.get(action.address, Effect.NONE)
            worst[action.address] = max(before, action.effect, key=lambda effect: effect.severity)
    told = [
        f"{number} {_COUNTED.get(effect, _EFFECTS[effect])}"
        for effect in (
            Effect.LIVE,
            Effect.NEXT_BOOT,
            Effect.RESTART,
            Effect.MIGRATE,
            Effect.DESTROYS_DATA,
        )
        if (number := sum(found is effect for found in worst.values()))
    ]
    return f" ({', '.join(told)})" if told else ""


def outcome_line(outcome: Outcome, paint: Paint) -> str:
    """'done define Domain/web (0.3 s)'."""
    told = f": {outcome.message}" if outcome.message else ""
    took = f" ({outcome.seconds:.1f} s)" if outcome.seconds >= 0.05 else ""
    return f"{paint(_RESULTS[outcome.result], f'{outcome.result:9}')} {outcome.action.id}{took}{told}"


def outcomes_summary(outcomes: Iterable[Outcome]) -> str:
    """'Applied: 5 done, 1 failed, 2 skipped.'"""
    count: defaultdict[Result, int] = defaultdict(int)
    for outcome in outcomes:
        count[outcome.result] += 1
    told = ", ".join(f"{number} {result}" for result in Result if (number := count[result]))
    return f"Applied: {told or 'nothing to do'}."
