"""What was changed in the file of a simulated hypervisor, by whomever: triggers write it down, row by row.

A file's times are set after each commit, which is what those who follow it look at: SQLite's own log is
written before a reader can see what stands in it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from drivers.base import Change, Happening
from drivers.simulated.rows import HostRows
from specs.identity import Kind

_KEPT = 10_000
"""Rows; whoever is further behind has lost the thread."""

_BEFORE = "(SELECT {} FROM objects o WHERE o.host = NEW.host AND o.kind = NEW.kind AND o.name = NEW.name)"
_POWER, _LIVE = _BEFORE.format("o.power"), _BEFORE.format("o.live")
_WHAT = f"""CASE
    WHEN NOT EXISTS {_BEFORE.format("1")} THEN '{Happening.DEFINED}'
    WHEN NEW.power IS {_POWER} AND NEW.live IS {_LIVE} THEN '{Happening.DEFINED}'
    WHEN NEW.power IS {_POWER} THEN '{Happening.DEVICES}'
    WHEN NEW.power = 'paused' THEN '{Happening.PAUSED}'
    WHEN NEW.power = 'running' AND {_POWER} = 'paused' THEN '{Happening.RESUMED}'
    WHEN NEW.power IN ('running', 'active') THEN '{Happening.STARTED}'
    ELSE '{Happening.STOPPED}' END"""


def _noting(name: str, when: str, row: str) -> str:
    return " ".join(
        (
            f"CREATE TRIGGER IF NOT EXISTS {name} {when} BEGIN",
            "INSERT INTO changes (host, kind, name, what)",
            f"VALUES ({row});",
            f"DELETE FROM changes WHERE number <= last_insert_rowid() - {_KEPT}; END",  # noqa: S608
        )
    )


SCHEMA = (
    """CREATE TABLE IF NOT EXISTS changes (
        number INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
        what TEXT NOT NULL)""",
    _noting("object_saved", "BEFORE INSERT ON objects", f"NEW.host, NEW.kind, NEW.name, {_WHAT}"),
    _noting("object_removed", "AFTER DELETE ON objects", "OLD.host, OLD.kind, OLD.name, 'removed'"),
    _noting("volume_saved", "AFTER INSERT ON volumes", "NEW.host, 'Volume', '', 'defined'"),
    _noting("volume_removed", "AFTER DELETE ON volumes", "OLD.host, 'Volume', '', 'removed'"),
)
"""A file of an earlier version gets it when it is opened. Of a volume, whose pool may have several names,
only the kind is told."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One change of one host; '' for the host is all of the file."""

    number: int
    host: str
    change: Change


def ring(path: Path) -> None:
    """Tells those who follow the file that something was committed."""
    now = time.time_ns()
    with suppress(OSError):  # it was removed meanwhile, which they see as well
        os.utime(path, ns=(now, now))


def latest(rows: HostRows) -> int:
    """The number of the last change; 0 in a file of an earlier version, until it is written to."""
    if not rows.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'changes'").fetchone():
        return 0
    return int(rows.connection.execute("SELECT coalesce(max(number), 0) FROM changes").fetchone()[0])


def since(rows: HostRows, number: int) -> Iterator[FileChange]:
    """What was changed after that, in order."""
    query = "SELECT number, host, kind, name, what FROM changes WHERE number > ? ORDER BY number"
    for found, host, kind, name, what in rows.connection.execute(query, (number,)):
        yield FileChange(found, host, Change(Kind(kind), name, Happening(what), what))
