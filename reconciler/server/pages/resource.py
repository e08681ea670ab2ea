"""The page of one resource: what is declared, was applied and is there; what was done; its documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from reconciler.report.xmldiff import pretty
from reconciler.server.pages.badges import Badge, badge_of
from reconciler.server.pages.desk import Desk
from reconciler.server.pages.subject import covers
from reconciler.server.pages.vigil import Vigil
from specs.identity import Address
from state.decisions import Decision, Verb
from state.journal import ActionEntry
from state.standings import Detail, Standing

_TIMELINE = 50
_MOST_LINES = 4000
"""Documents with more are shown beside each other without being compared."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of two documents: `mark` is '' where both have it, else + (only left), - (only right) or ~."""

    mark: str
    left: str | None
    right: str | None


@dataclass(frozen=True, slots=True)
class ResourceView:
    """What the page shows."""

    standing: Standing
    badge: Badge
    detail: Detail
    titles: tuple[str, str]
    """What the two documents are."""
    lines: Sequence[Line]
    timeline: Sequence[ActionEntry]
    decisions: Sequence[Decision]
    """Those by which it is left alone, or only looked at."""


def resource_view(desk: Desk, vigil: Vigil, address: Address) -> ResourceView | None:
    """Reads all that is known of a resource; None where nothing is."""
    found = desk.state.standing(address)
    if found is None:
        return None
    standing, detail = found
    titles, documents = _documents(desk, address, detail)
    return ResourceView(
        standing,
        badge_of(standing.condition, seen=vigil.seen(standing.host)),
        detail,
        titles,
        list(side_by_side(*documents)),
        desk.state.actions_on(str(address), _TIMELINE),
        [
            each
            for each in desk.state.decisions()
            if each.verb in (Verb.SUSPEND, Verb.OBSERVE)
            and covers(each.subject, standing)
            and each.holds(desk.now)
        ],
    )


def _documents(desk: Desk, address: Address, detail: Detail) -> tuple[tuple[str, str], tuple[str, str]]:
    """As declared and as seen while they differ; else as last applied and as read back then."""
    if detail.declared or detail.seen:
        return ("declared", "on the host"), (detail.declared, detail.seen)
    record = desk.state.documents([address]).get(address)
    applied = (record.declared, record.readback) if record else ("", "")
    return ("last applied", "read back right after"), applied


def side_by_side(left: str, right: str) -> Iterator[Line]:
    """Two documents line by line, so that what is equal stands at one height."""
    a, b = pretty(left), pretty(right)
    if not (a and b) or len(a) + len(b) > _MOST_LINES:
        yield from _paired("", a, b)
        return
    for change, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        mark = {"equal": "", "delete": "+", "insert": "-"}.get(change, "~")
        yield from _paired(mark, a[a1:a2], b[b1:b2])


def _paired(mark: str, left: Sequence[str], right: Sequence[str]) -> Iterator[Line]:
    for at in range(max(len(left), len(right))):
        yield Line(mark, left[at] if at < len(left) else None, right[at] if at < len(right) else None)
