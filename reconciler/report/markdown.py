"""A plan as Markdown, for a comment on a pull request: the short of it first, bounded in size.

Whatever others wrote (names, values, messages) stands in code, where neither Markdown nor HTML nor a mention
has a meaning, with control characters escaped.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.operations import Effect
from reconciler.plan.merging import Merge
from reconciler.plan.model import Action, Plan, Status, Verdict
from reconciler.report.footer import summary
from reconciler.report.groups import Block, blocks, many_told
from reconciler.report.paint import PLAIN
from reconciler.report.resource import action_name
from reconciler.report.words import counted
from specs.diagnostics import Problem
from specs.listing import listed
from specs.plain import plain

LIMIT = 60_000
"""Characters; GitHub takes 65,536 (https://github.com/orgs/community/discussions/27190), and a few are for
whoever posts it."""

_LONGEST_NAME = 80
_LONGEST_LINE = 500
_MOST_ROWS = 100
_MOST_WARNINGS = 30
_FRAME = 1500
"""Characters around folded lines: their title, a fence however long, what says that there are more."""
_DANGEROUS = {
    Effect.DESTROYS_DATA: "destroys data",
    Effect.RESTART: "restarts or stops a guest",
    Effect.MIGRATE: "moves a guest",
}
_WORDS = {
    Effect.NONE: "",
    Effect.LIVE: "live",
    Effect.NEXT_BOOT: "at next start",
    Effect.RESTART: "**restarts or stops NOW**",
    Effect.MIGRATE: "**moves**",
    Effect.REPLACE: "replaces",
    Effect.DESTROYS_DATA: "**DESTROYS DATA**",
}


def plan_markdown(plan: Plan, command: str = "apply") -> str:
    """A plan, of what a command would do."""
    return _bounded([_title(f"what `{command}` would do", plan), *_sections(plan)])


def merge_markdown(merge: Merge) -> str:
    """What merging would do, and in short what is to be done anyway."""
    title = _title("what merging would do", merge.merged)
    body: list[str | _Fold] = ["**Merging would change nothing.**"]
    if not merge.is_empty:
        body = list(_sections(merge.merged))
    if merge.averted:
        listed = ", ".join(code(action_name(action)) for action in merge.averted[:_MOST_ROWS])
        body.insert(1, f"No longer to be done: {listed}")
    pending = merge.pending
    if pending.verdicts or pending.unreachable or pending.warnings:
        lines = [*_told_of_hosts(pending), *_lines(pending)]
        body.append(_fold("To be done anyway, merged or not", [summary(pending), "", *lines]))
    return _bounded([title, *body])


def problems_markdown(problems: Iterable[Problem]) -> str:
    """Why there is no plan: the files are invalid."""
    lines = [str(problem) for problem in problems]
    told = counted(len(lines), "problem", "problems")
    said = f"**{told}; nothing can be applied.**"
    return _bounded([_heading("the files are invalid"), said, _fold("Problems", lines)])


def code(text: str, most: int = _LONGEST_NAME) -> str:
    """A stranger's text as a piece of code: nothing in it means anything. What is longer is cut."""
    shown = _cut(text, most)
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def _cell(text: str) -> str:
    """In a table a bar ends a cell, in code as well."""
    return code(text).replace("|", "\\|")


def _cut(text: str, most: int) -> str:
    """What is escaped is longer than it was: cut before and afterwards."""
    shown = plain(text[:most])
    return shown if max(len(text), len(shown)) <= most else f"{shown[: most - 1]}…"


@dataclass(frozen=True, slots=True)
class _Fold:
    """Lines that are shown when somebody asks for them, as many as fit."""

    title: str
    lines: tuple[str, ...]

    def fitting(self, room: int) -> str:
        """With so many lines that no more than `room` characters come of it."""
        lines, left = list(self.lines), room - _FRAME
        kept: list[str] = []
        for line in lines:
            left -= len(line) + 1
            if left < 0:
                kept.append(f"… and {len(lines) - len(kept)} more lines: without -o markdown all are shown")
                break
            kept.append(line)
        return f"<details><summary>{html.escape(self.title)}</summary>\n\n{_block(kept)}\n\n</details>"


def _title(what: str, plan: Plan) -> str:
    at = f" at {code(plan.commit[:12])}" if plan.commit else ""
    return f"{_heading(what)}\n\nFleet {code(plan.fleet)}{at}"


def _heading(what: str) -> str:
    return f"<!-- virt-reconcile -->\n### virt-reconcile: {what}"


def _sections(plan: Plan) -> Iterator[str | _Fold]:
    yield f"**{summary(plan)}**"
    yield from _dangers(plan)
    told = _told_of_hosts(plan)
    if told:
        yield _block(told)
    rows = list(_rows(plan))
    if rows:
        more = f"\n\n… and {len(rows) - _MOST_ROWS} more" if len(rows) > _MOST_ROWS else ""
        head = "| | resource | host | what | effect |\n| --- | --- | --- | --- | --- |\n"
        yield head + "\n".join(rows[:_MOST_ROWS]) + more
    lines = _lines(plan)
    if lines:
        yield _fold("Details", lines)


def _dangers(plan: Plan) -> Iterator[str]:
    """What a reviewer has to see whatever else he reads."""
    for effect, words in _DANGEROUS.items():
        found = list(dict.fromkeys(a.address for a in plan.changes if a.effect is effect))
        if found:
            named = [code(str(address)) for address in found]
            yield f"⚠ **{words}:** {listed(named, _MOST_WARNINGS)}"
    privileged = [f"{code(str(v.address))}: {code(what)}" for v in plan.privileged for what in v.privileged]
    if privileged:
        yield "⚠ **reaches beyond the guest:**\n" + "\n".join(
            f"- {told}" for told in privileged[:_MOST_WARNINGS]
        )


def _told_of_hosts(plan: Plan) -> list[str]:
    lines = [f"host {host} cannot be reached: {why}" for host, why in sorted(plan.unreachable.items())]
    lines += [f"warning: {warning}" for warning in plan.warnings]
    more = len(lines) - _MOST_WARNINGS
    return [*lines[:_MOST_WARNINGS], f"… and {more} more"] if more > 0 else lines


def _rows(plan: Plan) -> Iterator[str]:
    """A row for each resource that there is something to say of, or for many alike."""
    actions = _by_address(plan)
    for block in blocks(plan, PLAIN):
        verdict = block.verdicts[0]
        told = actions[str(verdict.address)]
        if told or verdict.problem or verdict.pending:
            verbs = ", ".join(dict.fromkeys(a.verb for a in told if not a.deferred)) or str(verdict.status)
            held = " (held back)" if told and all(action.deferred for action in told) else ""
            effects = (action.effect for action in told if not action.deferred)
            worst = max(effects, key=lambda e: e.severity, default=Effect.NONE)
            cells = (_sign(verdict), *_named(block), verbs + held, _WORDS[worst])
            yield f"| {' | '.join(cells)} |"


def _named(block: Block) -> tuple[str, str]:
    """Which resources, and where."""
    first = block.verdicts[0]
    if len(block.verdicts) == 1:
        return _cell(str(first.address)), _cell(first.host)
    many, where, names = many_told(block.verdicts)
    return f"{many}: {_cell(names)}", _cell(where)


def _sign(verdict: Verdict) -> str:
    match verdict.status:
        case Status.CREATE:
            return "➕"
        case Status.DELETE:
            return "➖"
        case Status.BLOCKED | Status.UNREACHABLE:
            return "⛔"
    return "✏" if verdict.status is Status.CHANGE else ""


def _lines(plan: Plan) -> list[str]:
    """As the terminal shows it."""
    lines: list[str] = []
    for block in blocks(plan, PLAIN):
        lines += ["", *block.told(PLAIN)]
    return lines[1:]


def _by_address(plan: Plan) -> defaultdict[str, list[Action]]:
    actions: defaultdict[str, list[Action]] = defaultdict(list)
    for action in plan.actions:
        actions[str(action.address)].append(action)
    return actions


def _fold(title: str, lines: Iterable[str]) -> _Fold:
    return _Fold(title, tuple(_cut(line, _LONGEST_LINE) for line in lines))


def _block(lines: Iterable[str]) -> str:
    """Lines in a fence that nothing in them ends."""
    shown = [_cut(line, _LONGEST_LINE) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}text", *shown, fence])


def _bounded(sections: Iterable[str | _Fold]) -> str:
    """The sections in their order, as far as there is room."""
    room, kept = LIMIT, []
    for section in sections:
        text = section.fitting(room) if isinstance(section, _Fold) else section
        if len(text) > room:
            text = "… (too long for a comment: without -o markdown all is shown)"
        kept.append(text)
        room -= len(text) + 2
        if room < _FRAME:
            break
    return "\n\n".join(kept) + "\n"
