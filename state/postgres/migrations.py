"""The schema, step by step: a state of any earlier version is brought to this one.

A step is SQL that runs in one transaction with all others that are missing. Two processes that start at
once are kept apart by a lock, which the second one waits for; it finds nothing left to do.
"""

from __future__ import annotations

from typing import Any

import psycopg

from state.errors import StateError
from state.postgres.schema import FIRST

_STAMPS = (
    "ALTER TABLE virt_reconcile.records ADD COLUMN stamp text NOT NULL DEFAULT ''",
    "CREATE INDEX records_with_stamp ON virt_reconcile.records (fleet, host) WHERE stamp <> ''",
)
_STEPS: tuple[tuple[str, ...], ...] = (FIRST, _STAMPS)
LATEST = len(_STEPS)

_LOCK = 0x76697274  # a number of our own: 'virt'
# Asked of the catalogs themselves: amid a transaction, to_regclass may still know what was so before.
_SCHEMA = "SELECT 1 FROM pg_namespace WHERE nspname = 'virt_reconcile'"
_META = """
SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = 'virt_reconcile' AND relname = 'meta'
"""
_RAISE_BASE = """
UPDATE virt_reconcile.numbering SET base = newest - pg_current_xact_id()::text::bigint
FROM (SELECT max(number) AS newest FROM virt_reconcile.actions) AS found
WHERE newest >= base + pg_current_xact_id()::text::bigint
"""


def migrate(connection: psycopg.Connection[Any]) -> None:
    """Brings the schema up to date; StateError when it was made by a later version."""
    if check(connection) != LATEST:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            known = check(connection)
            _make_schema(connection)
            for step in _STEPS[known:]:
                for statements in step:
                    connection.execute(statements)
            connection.execute(
                "INSERT INTO virt_reconcile.meta VALUES ('version', %s)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (str(LATEST),),
            )
    # In a restored dump the numbers of transactions begin anew.
    connection.execute(_RAISE_BASE)


def check(connection: psycopg.Connection[Any]) -> int:
    """The schema's version, 0 where there is none; StateError when this program is too old for it."""
    if not _finds(connection, _META):
        return 0
    found = connection.execute("SELECT value FROM virt_reconcile.meta WHERE key = 'version'").fetchone()
    version = int(found[0]) if found else 0
    if version > LATEST:
        raise StateError(
            f"the state has schema version {version}, this virt-reconcile knows up to {LATEST}: upgrade it"
        )
    return version


def _make_schema(connection: psycopg.Connection[Any]) -> None:
    """An administrator may have made it for a role that may make none."""
    if not _finds(connection, _SCHEMA):
        connection.execute("CREATE SCHEMA virt_reconcile")


def _finds(connection: psycopg.Connection[Any], query: str) -> bool:
    return connection.execute(query).fetchone() is not None
