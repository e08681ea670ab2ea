"""Removing old runs from the journal, the oldest first."""

from __future__ import annotations

from state.journal import Keep
from state.postgres.database import Connection

_DAY = 86400.0
# What another controller removes right now is left to it.
_OLD = """
SELECT id FROM virt_reconcile.runs AS run
WHERE fleet = %(fleet)s AND id <= %(oldest)s AND id <= %(least)s AND (id <= %(most)s OR started < %(since)s)
  AND status <> 'running' AND NOT EXISTS (SELECT FROM virt_reconcile.unended WHERE run = run.id)
ORDER BY id LIMIT %(part)s FOR UPDATE SKIP LOCKED
"""
_GONE = """
DELETE FROM virt_reconcile.latest AS latest
USING (
    SELECT address, max(run) AS run FROM virt_reconcile.actions WHERE run = ANY (%(old)s) GROUP BY address
) AS old
WHERE latest.fleet = %(fleet)s AND latest.address = old.address AND latest.run <= old.run
  AND NOT EXISTS (
    SELECT FROM virt_reconcile.records AS r WHERE r.fleet = %(fleet)s AND r.address = latest.address)
  AND NOT EXISTS (
    SELECT FROM virt_reconcile.origins AS o WHERE o.fleet = %(fleet)s AND o.address = latest.address)
"""


def prune_some(connection: Connection, fleet: str, keep: Keep, now: float, part: int) -> int:
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
    old = [run for (run,) in connection.execute(_OLD, asked).fetchall()]
    if old:
        connection.execute(_GONE, {"fleet": fleet, "old": old})
        connection.execute("DELETE FROM virt_reconcile.actions WHERE run = ANY (%s)", (old,))
        connection.execute("DELETE FROM virt_reconcile.runs WHERE id = ANY (%s)", (old,))
    return len(old)


def _older_than(connection: Connection, fleet: str, number: int) -> int:
    """The newest run that has at least so many newer ones; 0 when there is none."""
    found = connection.execute(
        "SELECT id FROM virt_reconcile.runs WHERE fleet = %s ORDER BY id DESC LIMIT 1 OFFSET %s",
        (fleet, number),
    ).fetchone()
    return int(found[0]) if found else 0


def _begun_before(connection: Connection, fleet: str, since: float) -> int:
    """The newest run that began before then: what comes after it need not be looked at."""
    found = connection.execute(
        "SELECT max(id) FROM virt_reconcile.runs WHERE fleet = %s AND started < %s", (fleet, since)
    ).fetchone()
    return int(found[0]) if found and found[0] is not None else 0
