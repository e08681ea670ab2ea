"""A whole plan as text, so that a test can pin all of it: what a person is told and what is executed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from reconciler.compare.model import Difference
from reconciler.plan.model import Action, Plan, Refresh, Verdict


def told(plan: Plan) -> str:
    """Verdicts, actions in their order, records; documents only by their first tag."""
    lines = [line for verdict in plan.verdicts for line in _verdict(verdict)]
    lines += [line for action in plan.actions for line in _action(action)]
    lines += [_record(refresh) for refresh in plan.refreshes]
    lines += [f"forget {address}" for address in plan.forget]
    lines += [f"warn {warning}" for warning in plan.warnings]
    return "\n".join(lines)


def _verdict(verdict: Verdict) -> Iterator[str]:
    power = f" {verdict.observed_power or '-'}>{verdict.declared_power or '-'}"
    yield f"{verdict.address} on {verdict.host or '-'}: {verdict.status}{power}"
    if verdict.problem:
        yield f"  ! {verdict.problem}"
    yield from (f"  note {note}" for note in verdict.notes)
    yield from (f"  reaches {what}" for what in verdict.privileged)
    yield from (f"  {_difference(difference)}" for difference in verdict.differences)
    yield from (f"  waits {_difference(difference)}" for difference in verdict.pending)
    yield from (f"  rewritten {note.path}" for note in verdict.rewritten)


def _action(action: Action) -> Iterator[str]:
    where = f" on {action.host} ({action.native}) {action.effect}"
    seen = f" of {action.uuid}" if action.uuid else ""
    yield f"{action.id}{where}{seen}{' as seen' if action.expects else ''}"
    if action.part:
        yield f"  part {action.part}"
    if action.operation.document:
        yield f"  xml {_value(action.operation.document)}"
    arguments = " ".join(f"{name}={value}" for name, value in action.operation.arguments().items())
    if arguments:
        yield f"  with {arguments}"
    if action.deferred:
        yield f"  held {action.deferred}"
    yield from (f"  after {other}" for other in action.after)
    yield from (f"  for {_difference(reason)}" for reason in action.reasons)


def _difference(difference: Difference) -> str:
    sides = f"{_value(difference.declared)} / {_value(difference.observed)}"
    return f"{difference.path or '.'}: {sides} {difference.cause} {difference.effect}"


def _value(value: str | None) -> str:
    if value is None:
        return "-"
    return value[: value.find(">") + 1].partition(" ")[0].rstrip("/>") + ">" if value[:1] == "<" else value


def _record(refresh: Refresh) -> str:
    content = f" content={refresh.content}" if refresh.content else ""
    live = "" if refresh.live_ok else " but not of what runs"
    return f"record {refresh.address} on {refresh.host} ({refresh.native}){content}{live}"


FOLDER = Path(__file__).with_name("told")
_TITLE = re.compile(r"^== (.+)\n", re.MULTILINE)


def pinned(name: str) -> dict[str, str]:
    """The plans of a file in `told/`, each under its title."""
    _, *parts = _TITLE.split((FOLDER / f"{name}.txt").read_text())
    return {title: text.strip("\n") for title, text in zip(parts[::2], parts[1::2], strict=True)}
