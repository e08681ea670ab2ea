"""Under which key a fleet's rows are kept: its name, and its UUID once it has one."""

from __future__ import annotations

from collections.abc import Collection

from state.postgres.database import Connection, fetched

_HISTORY = ("records", "documents", "origins", "fills", "runs", "latest", "unended", "executed")
"""What says that a fleet was worked upon under its key."""

_BESIDES = (
    "commits",
    "host_standings",
    "standings",
    "standing_counts",
    "details",
    "present",
    "receivers",
    "claims",
)
"""What goes with it, unless there is some under its new key: what was seen before the first run."""

_ALL_OF_IT = ("actions", "decisions", "letters")
"""What goes with it in any case."""

_LOCK = 0x666C6565  # a number of our own: 'flee'


def fleet_key(
    connection: Connection, name: str, uuid: str, declares: Collection[str], *, readonly: bool
) -> str:
    """The key of a fleet. The first time that it has a UUID, what is kept under its name alone becomes
    its own, unless that is another tree's: most of what is recorded there has to be what this one
    declares. Read-only, it is shown as if it were so already."""
    key = f"{name}/{uuid}" if uuid else name  # a name holds no '/'
    if not uuid or _has_rows(connection, key) or not _is_ours(connection, name, declares):
        return key
    if readonly:
        return name
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        if not _has_rows(connection, key):
            for table in (*_HISTORY, *_ALL_OF_IT, *_BESIDES):
                if table not in _BESIDES or not _has_rows(connection, key, [table]):
                    connection.execute(
                        f"UPDATE virt_reconcile.{table} SET fleet = %s WHERE fleet = %s",  # noqa: S608
                        (key, name),
                    )
    return key


def _is_ours(connection: Connection, name: str, declares: Collection[str]) -> bool:
    rows = fetched(connection, "SELECT address FROM virt_reconcile.records WHERE fleet = %s", (name,))
    if not rows:
        return _has_rows(connection, name)
    return sum(address in declares for (address,) in rows) * 2 > len(rows)


def _has_rows(connection: Connection, key: str, tables: Collection[str] = _HISTORY) -> bool:
    return any(
        fetched(connection, f"SELECT 1 FROM virt_reconcile.{table} WHERE fleet = %s LIMIT 1", (key,))  # noqa: S608
        for table in tables
    )
