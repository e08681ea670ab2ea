"""The state's schema, step by step: a state of any earlier version is brought to this one."""

from __future__ import annotations

import sqlite3

from state.errors import StateError

_STEPS = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "INSERT INTO meta VALUES ('lineage', lower(hex(randomblob(16)))), ('serial', '0')",
        """CREATE TABLE records (
            fleet TEXT NOT NULL, address TEXT NOT NULL, host TEXT NOT NULL, native TEXT NOT NULL,
            declared_digest TEXT NOT NULL, readback_digest TEXT NOT NULL, live_digest TEXT NOT NULL,
            version TEXT NOT NULL, autostart INTEGER, power TEXT, fingerprint TEXT NOT NULL,
            policy TEXT NOT NULL, PRIMARY KEY (fleet, address))""",
        """CREATE TABLE documents (
            fleet TEXT NOT NULL, address TEXT NOT NULL, declared TEXT NOT NULL, readback TEXT NOT NULL,
            PRIMARY KEY (fleet, address))""",
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, fleet TEXT NOT NULL, command TEXT NOT NULL,
            tree TEXT NOT NULL, commit_id TEXT NOT NULL, started REAL NOT NULL, finished REAL,
            status TEXT NOT NULL, summary TEXT NOT NULL)""",
        """CREATE TABLE actions (
            run INTEGER NOT NULL REFERENCES runs (id), action TEXT NOT NULL, address TEXT NOT NULL,
            verb TEXT NOT NULL, started REAL NOT NULL, finished REAL, outcome TEXT NOT NULL,
            message TEXT NOT NULL, PRIMARY KEY (run, action))""",
        "CREATE INDEX actions_of_address ON actions (address, started)",
    ),
    ("ALTER TABLE records ADD COLUMN content TEXT NOT NULL DEFAULT ''",),
    (
        "ALTER TABLE records ADD COLUMN uuid TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE records ADD COLUMN machine TEXT NOT NULL DEFAULT ''",
    ),
    ("ALTER TABLE runs ADD COLUMN plan TEXT NOT NULL DEFAULT ''",),  # the saved plan that it executed
    (
        """CREATE TABLE fills (
            fleet TEXT NOT NULL, address TEXT NOT NULL, nonce TEXT NOT NULL, run INTEGER NOT NULL,
            taken TEXT NOT NULL, filled INTEGER NOT NULL DEFAULT 0, content TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (fleet, address))""",
    ),
    (
        """CREATE TABLE origins (
            fleet TEXT NOT NULL, address TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (fleet, address))""",
    ),
    (
        # What is asked of the journal at every plan has tables of its own; state.sqlite.journal says which.
        """CREATE TABLE latest (
            fleet TEXT NOT NULL, address TEXT NOT NULL, verb TEXT NOT NULL, run INTEGER NOT NULL,
            action TEXT NOT NULL, started REAL NOT NULL, finished REAL, outcome TEXT NOT NULL,
            message TEXT NOT NULL, PRIMARY KEY (fleet, address, verb)) WITHOUT ROWID""",
        # In the order in which they began: the newest is what is left.
        """INSERT OR REPLACE INTO latest
            SELECT runs.fleet, address, verb, run, action, entry.started, entry.finished, outcome, message
            FROM actions AS entry CROSS JOIN runs ON runs.id = entry.run ORDER BY entry.rowid""",
        """CREATE TABLE unended (
            fleet TEXT NOT NULL, address TEXT NOT NULL, run INTEGER NOT NULL, action TEXT NOT NULL,
            PRIMARY KEY (fleet, address, run, action)) WITHOUT ROWID""",
        """INSERT INTO unended
            SELECT runs.fleet, entry.address, entry.run, entry.action
            FROM actions AS entry JOIN runs ON runs.id = entry.run
            WHERE entry.finished IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM actions AS later JOIN runs AS its ON its.id = later.run
                WHERE later.address = entry.address AND its.fleet = runs.fleet
                AND later.run > entry.run AND later.finished IS NOT NULL)
            AND NOT EXISTS (
                SELECT 1 FROM records AS known
                WHERE known.fleet = runs.fleet AND known.address = entry.address)""",
        # A saved plan is executed once, also when the run is no longer in the journal; runs.plan is of old.
        """CREATE TABLE executed (
            fleet TEXT NOT NULL, plan TEXT NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (fleet, plan))""",
        "INSERT INTO executed SELECT fleet, plan, max(id) FROM runs WHERE plan <> '' GROUP BY fleet, plan",
        "DROP INDEX actions_of_address",
        "CREATE INDEX runs_of_fleet ON runs (fleet)",
        "CREATE INDEX open_runs ON runs (status) WHERE status = 'running'",
    ),
)

LATEST = len(_STEPS)


def migrate(connection: sqlite3.Connection) -> None:
    """Applies the steps that are missing, all in one transaction: a process that is killed leaves the
    old version, and one that comes second finds nothing left to do.

    Raises StateError when the state was written by a later version.
    """
    if check(connection) == LATEST:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in _STEPS[check(connection) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {LATEST}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def check(connection: sqlite3.Connection) -> int:
    """The state's version; StateError when this program is too old for it."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version < 0:
        raise sqlite3.DatabaseError(f"schema version {version}")
    if version > LATEST:
        raise StateError(
            f"the state has schema version {version}, this virt-reconcile knows up to {LATEST}: upgrade it"
        )
    return version
