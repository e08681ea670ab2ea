"""Removing old runs from the journal, the oldest first."""

from __future__ import annotations

import sqlite3

from state.journal import Keep

_DAY = 86400.0
_OLD = """
SELECT id FROM runs
WHERE fleet = :fleet AND id <= :oldest AND id <= :least AND (id <= :most OR started < :since)
  AND status <> 'running' AND id NOT IN (SELECT run FROM unended WHERE fleet = :fleet)
ORDER BY id LIMIT :part
"""
_GONE = """
SELECT DISTINCT address FROM actions
WHERE run = :run
  AND NOT EXISTS (SELECT 1 FROM records AS r WHERE r.fleet = :fleet AND r.address = actions.address)
  AND NOT EXISTS (SELECT 1 FROM origins AS o WHERE o.fleet = :fleet AND o.address = actions.address)
"""


def prune_some(connection: sqlite3.Connection, fleet: str, keep: Keep, now: float, part: int) -> int:
    """Removes at most so many runs, within the caller's transaction; says how many they were.

    The last outcomes of an address stay while anything is known of it; of one that is gone, they go
    with the run that they are of.
    """
    since = now - keep.days * _DAY
    most = 0 if keep.runs is None else _older_than(connection, fleet, keep.runs)
    asked = {
        "fleet": fleet,
        "least": _older_than(connection, fleet, keep.least),
        "most": most,
        "since": since,
        "oldest": max(most, _begun_before(connection, fleet, since)),
        "part": part,
    }
    old = connection.execute(_OLD, asked).fetchall()
    for (run,) in old:
        for (address,) in connection.execute(_GONE, {"fleet": fleet, "run": run}).fetchall():
            connection.execute(
                "DELETE FROM latest WHERE fleet = ? AND address = ? AND run <= ?", (fleet, address, run)
            )
        connection.execute("DELETE FROM actions WHERE run = ?", (run,))
        connection.execute("DELETE FROM runs WHERE id = ?", (run,))
    return len(old)


def _older_than(connection: sqlite3.Connection, fleet: str, number: int) -> int:
    """The newest run that has at least so many newer ones; 0 when there is none."""
    found = connection.execute(
        "SELECT id FROM runs WHERE fleet = ? ORDER BY id DESC LIMIT 1 OFFSET ?", (fleet, number)
    ).fetchone()
    return int(found[0]) if found else 0


def _begun_before(connection: sqlite3.Connection, fleet: str, since: float) -> int:
    """The newest run that began before then: what comes after it need not be looked at."""
    (found,) = connection.execute(
        "SELECT max(id) FROM runs WHERE fleet = ? AND started < ?", (fleet, since)
    ).fetchone()
    return int(found or 0)
