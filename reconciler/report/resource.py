"""What a plan says of one resource: what differs, what is done about it and what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.compare.model import Effect
from reconciler.operations import Migrate, Restart, Stop
from reconciler.plan.model import Action, Status, Verdict
from reconciler.report.changes import ToldChange, changes_of, not_kept
from reconciler.report.paint import Paint
from reconciler.report.places import name_of, place_of, value_of
from reconciler.report.words import age
from specs.identity import Kind

SIGNS = {
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
WHEN = {
    Effect.NONE: "",
    Effect.LIVE: "live",
    Effect.NEXT_BOOT: "at next start",
    Effect.RESTART: "while it is stopped",
    Effect.MIGRATE: "moves NOW",
    Effect.REPLACE: "replaces it",
    Effect.DESTROYS_DATA: "DESTROYS DATA",
}
"""When a change with such an effect is felt."""
_COLOURS = {Effect.DESTROYS_DATA: "red", Effect.MIGRATE: "magenta"}
_LONGEST_REASON = 40
"""Characters of why something waits that may stand beside each change."""


def head(verdict: Verdict, paint: Paint) -> str:
    """'~ Domain/web on hv1  (web.yaml:7:1)'."""
    sign, colour = SIGNS[verdict.status]
    where = f" on {verdict.host}" if verdict.address.kind is Kind.DOMAIN else ""
    origin = f"  ({verdict.origin})" if verdict.origin else ""
    return paint(colour, f"{sign} {verdict.address}{where}") + paint("dim", origin)


def body(
    verdict: Verdict, actions: Sequence[Action], now: float, paint: Paint, *, verbose: bool
) -> Iterator[str]:
    """All that is said below its head."""
    if verdict.problem:
        yield f"    {verdict.status}: {verdict.problem}"
    if verdict.status is Status.SUSPENDED and not verbose:
        return
    if verdict.privileged and (verbose or any(not action.deferred for action in actions)):
        for privilege in verdict.privileged:
            yield paint("red", f"    ! privileged: {privilege}")
    for note in verdict.notes:
        yield paint("dim", f"    note: {note}")
    beside = False
    if verdict.status not in (Status.CREATE, Status.DELETE):
        changes = changes_of(verdict)
        beside = sum(change.waits for change in changes) == 1
        for change in changes:
            yield f"    {_change(change, actions, paint, beside=beside)}"
    todo = [action for action in actions if not action.deferred]
    if todo:
        yield paint("dim", "    → ") + ", ".join(action_words(action, paint) for action in todo)
    yield from _held(actions, now, paint, beside=beside)
    yield from _kept_otherwise(verdict, paint, verbose=verbose)


def _kept_otherwise(verdict: Verdict, paint: Paint, *, verbose: bool) -> Iterator[str]:
    kind = verdict.address.kind
    for note in verdict.rewritten:
        if note.observed is None:
            yield paint("dim", f"    {not_kept(kind, note)}")
        elif verbose:
            declared, kept = (value_of(kind, note.path, value) for value in (note.declared, note.observed))
            told = f"{name_of(kind, note.path)}: {declared} is kept as {kept}"
            yield paint("dim", f"    rewritten by the hypervisor: {told}")


def _change(change: ToldChange, actions: Sequence[Action], paint: Paint, *, beside: bool) -> str:
    """One change with its cause, and when it takes effect; `beside` that also what holds it back."""
    when, colour = _when(change, actions)
    restart = next((a for a in actions if beside and change.waits and _beside(a)), None)
    if restart is not None:
        when = f"{when}: {_beside(restart)}"
    told = f"{change.cause}{'; ' if ':' in when else ', '}{when}" if when else str(change.cause)
    return f"{change}  {paint(colour, f'[{told}]')}"


def _when(change: ToldChange, actions: Sequence[Action]) -> tuple[str, str]:
    """When a change takes effect, and the colour of that."""
    about = [action for action in actions if any(each.path == change.path for each in action.reasons)]
    disruptive = [action for action in about if isinstance(action.operation, Restart | Stop)]
    now = next((a for a in disruptive if not a.deferred and a.effect is Effect.RESTART), None)
    if now is not None and (change.waits or change.effect is Effect.RESTART or len(about) == 1):
        return f"{now.verb}s NOW" if isinstance(now.operation, Stop) else "restarts NOW", "red"
    held = bool(about) and all(action.deferred for action in about)
    if held and not (change.waits and disruptive and change.effect is not Effect.RESTART):
        return "held back", "yellow"
    if change.waits or change.effect is Effect.NEXT_BOOT:
        return WHEN[Effect.NEXT_BOOT], "yellow"
    return WHEN[change.effect], _COLOURS.get(change.effect, "dim")


def _beside(action: Action) -> str:
    """Why a restart is held back, where that can be told beside the one change that waits for it."""
    lasting = isinstance(action.operation, Restart) and action.until is None
    why = action.deferred.partition(";")[0]
    next_start = all(each.effect is not Effect.RESTART for each in action.reasons)
    return why if lasting and next_start and action.reasons and len(why) <= _LONGEST_REASON else ""


def _held(actions: Iterable[Action], now: float, paint: Paint, *, beside: bool) -> Iterator[str]:
    """What is held back, for what, and in how long it will be done."""
    held: dict[tuple[str, float | None], list[str]] = {}
    for action in actions:
        if action.deferred and not (beside and _beside(action)):
            verbs = held.setdefault((action.deferred, action.until), [])
            verbs.extend([] if action.verb in verbs else [action.verb])
    for (why, until), verbs in held.items():
        wait = f" (in {age(until - now)})" if until is not None else ""
        yield paint("dim", f"    {', '.join(verbs)} held back: {why}{wait}")


def action_words(action: Action, paint: Paint) -> str:
    """'attach disk vdb'; what is felt or lost stands out, also without colour."""
    now = "NOW" if isinstance(action.operation, Migrate) else ""
    named = " ".join(filter(None, (action.verb, now, _part(action), action.operation.detail())))
    if action.effect is Effect.DESTROYS_DATA:
        return paint("red", f"{named} (DESTROYS DATA)")
    if action.effect is Effect.RESTART:
        return paint("red", f"{named} NOW")
    return paint("magenta", named) if action.effect is Effect.MIGRATE else named


def action_name(action: Action) -> str:
    """'attach Domain/web disk vdb': an action by itself."""
    return " ".join(filter(None, (action.verb, str(action.address), _part(action))))


def _part(action: Action) -> str:
    """What of the resource an action is about; '' where its verb says it."""
    kind, document = action.address.kind, action.operation.document
    part = place_of(kind, action.part, document) if action.part else ""
    return "" if action.verb.endswith(part) else part
