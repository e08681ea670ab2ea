"""Decisions as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from state.decisions import Decision

COLUMNS = ("DECISION", "SUBJECT", "AUTHOR", "SINCE", "UNTIL", "ENDED", "REASON")


def decision_rows(decisions: Iterable[Decision]) -> list[tuple[str, ...]]:
    """The rows of a table of them, in their order."""
    return [_cells(each) for each in decisions]


def until(decision: Decision) -> str:
    """' until 2026-11-26 21:40 UTC', or nothing."""
    return "" if decision.expires is None else f" until {_clock(decision.expires)} UTC"


def _cells(decision: Decision) -> tuple[str, ...]:
    ended = f"{_clock(decision.ended)} by {decision.ended_by}" if decision.ended is not None else "-"
    expires = _clock(decision.expires) if decision.expires is not None else "-"
    since = _clock(decision.at)
    return decision.verb, decision.subject, decision.author, since, expires, ended, decision.reason


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
