"""What was logged of a guest, and what was done to it, in one order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from state.journal import ActionEntry

HISTORY = "history"
"""Who tells of what virt-reconcile did."""

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True, slots=True)
class GuestLogLine:
    """One line: when (seconds since the epoch), who wrote it, and what."""

    at: float
    writer: str
    text: str


def lines_of(writer: str, text: str, since: float = 0.0) -> Iterator[GuestLogLine]:
    """The lines of a log; one that says no time is of that of the line before it."""
    at = since
    for line in text.splitlines():
        at = _time_of(line) or at
        yield GuestLogLine(at, writer, line)


def line_of(entry: ActionEntry) -> GuestLogLine:
    """What was done, as a line."""
    at = entry.started if entry.finished is None else entry.finished
    clock = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    told = f": {entry.message}" if entry.message else ""
    outcome = entry.outcome or "begun"
    return GuestLogLine(at, HISTORY, f"{clock} run {entry.run}: {entry.verb} {outcome}{told}")


def in_order(lines: Iterable[GuestLogLine], since: float, most: int) -> list[GuestLogLine]:
    """The last of them by their time, none before `since`; each log's own order stays."""
    chosen = sorted((line for line in lines if line.at >= since), key=lambda line: line.at)
    return chosen[-most:] if most else []


def shown(line: GuestLogLine, writers: int) -> str:
    """With its writer, where there are several."""
    return f"{line.writer:8}| {line.text}" if writers > 1 else line.text


def _time_of(line: str) -> float | None:
    """The time at the begin of a line; one without a zone is UTC, as libvirt and QEMU write it."""
    found = _TIME.match(line)
    if found is None:
        return None
    day, clock, part, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{part or ''}{(zone or 'Z').replace('Z', '+00:00')}")
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None
