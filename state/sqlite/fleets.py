"""Under which key a fleet's rows are kept: its name, and its UUID once it has one."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

_HISTORY = ("records", "documents", "origins", "fills", "runs", "latest", "unended", "executed")
"""What says that a fleet was worked upon under its key."""

_BESIDES = (
    "decisions",
    "commits",
    "host_standings",
    "standings",
    "standing_counts",
    "details",
    "present",
    "receivers",
    "letters",
    "wakes",
    "members",
)
"""What goes with it, and may be there before: a person may decide something before the first run."""


def fleet_key(
    connection: sqlite3.Connection, name: str, uuid: str, declares: Collection[str], *, readonly: bool
) -> str:
    """The key of a fleet. The first time that it has a UUID, what is kept under its name alone becomes
    its own, unless that is another tree's: most of what is recorded there has to be what this one
    declares. Read-only, it is shown as if it were so already."""
    key = f"{name}/{uuid}" if uuid else name  # a name holds no '/'
    if not uuid or _has_rows(connection, key) or not _is_ours(connection, name, declares):
        return key
    if readonly:
        return name
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _has_rows(connection, key):
            for table in (*_HISTORY, *_BESIDES):
                connection.execute(f"UPDATE OR IGNORE {table} SET fleet = ? WHERE fleet = ?", (key, name))  # noqa: S608
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return key


def _is_ours(connection: sqlite3.Connection, name: str, declares: Collection[str]) -> bool:
    rows = connection.execute("SELECT address FROM records WHERE fleet = ?", (name,)).fetchall()
    if not rows:
        return _has_rows(connection, name)
    return sum(address in declares for (address,) in rows) * 2 > len(rows)


def _has_rows(connection: sqlite3.Connection, key: str) -> bool:
    return any(
        connection.execute(f"SELECT 1 FROM {table} WHERE fleet = ? LIMIT 1", (key,)).fetchone()  # noqa: S608
        for table in _HISTORY
    )
