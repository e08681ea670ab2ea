"""The state's schema, step by step: a state of any earlier version is brought to this one."""

from __future__ import annotations

import sqlite3
import uuid

from state.errors import StateError

_STEPS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE records (
        fleet TEXT NOT NULL, address TEXT NOT NULL, host TEXT NOT NULL, native TEXT NOT NULL,
        declared_digest TEXT NOT NULL, readback_digest TEXT NOT NULL, live_digest TEXT NOT NULL,
        version TEXT NOT NULL, autostart INTEGER, power TEXT, fingerprint TEXT NOT NULL,
        policy TEXT NOT NULL, PRIMARY KEY (fleet, address)
    );
    CREATE TABLE documents (
        fleet TEXT NOT NULL, address TEXT NOT NULL, declared TEXT NOT NULL, readback TEXT NOT NULL,
        PRIMARY KEY (fleet, address)
    );
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, fleet TEXT NOT NULL, command TEXT NOT NULL,
        tree TEXT NOT NULL, commit_id TEXT NOT NULL, started REAL NOT NULL, finished REAL,
        status TEXT NOT NULL, summary TEXT NOT NULL
    );
    CREATE TABLE actions (
        run INTEGER NOT NULL REFERENCES runs (id), action TEXT NOT NULL, address TEXT NOT NULL,
        verb TEXT NOT NULL, started REAL NOT NULL, finished REAL, outcome TEXT NOT NULL,
        message TEXT NOT NULL, PRIMARY KEY (run, action)
    );
    CREATE INDEX actions_of_address ON actions (address, started);
    """,
)

LATEST = len(_STEPS)


def migrate(connection: sqlite3.Connection) -> None:
    """Applies the steps that are missing, each in a transaction of its own.

    Raises StateError when the state was written by a later version.
    """
    version = check(connection)
    for number, step in enumerate(_STEPS[version:], version + 1):
        connection.executescript(f"BEGIN IMMEDIATE;{step}PRAGMA user_version = {number};COMMIT;")
        if number == 1:
            connection.execute("INSERT INTO meta VALUES ('lineage', ?)", (str(uuid.uuid4()),))
            connection.execute("INSERT INTO meta VALUES ('serial', '0')")


def check(connection: sqlite3.Connection) -> int:
    """The state's version; StateError when this program is too old for it."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > LATEST:
        raise StateError(
            f"the state has schema version {version}, this virt-reconcile knows up to {LATEST}: upgrade it"
        )
    return version
