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
    (
        # What the journal knows besides: why a run was made, where an action acted and under which claim.
        "ALTER TABLE runs ADD COLUMN cause TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE actions ADD COLUMN host TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE actions ADD COLUMN token INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE actions ADD COLUMN number INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX actions_on ON actions (address, started)",
        "CREATE INDEX actions_by_number ON actions (number)",
        "ALTER TABLE latest ADD COLUMN host TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE latest ADD COLUMN token INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE latest ADD COLUMN number INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX records_of_host ON records (fleet, host)",
        """CREATE TABLE decisions (
            id INTEGER PRIMARY KEY AUTOINCREMENT, fleet TEXT NOT NULL, at REAL NOT NULL, verb TEXT NOT NULL,
            subject TEXT NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL, expires REAL, ended REAL,
            ended_by TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX decisions_in_force ON decisions (fleet) WHERE ended IS NULL",
        """CREATE TABLE commits (
            fleet TEXT NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL, seen REAL NOT NULL,
            title TEXT NOT NULL, author TEXT NOT NULL, source TEXT NOT NULL, problems TEXT NOT NULL,
            PRIMARY KEY (fleet, id))""",
        """CREATE TABLE host_standings (
            fleet TEXT NOT NULL, host TEXT NOT NULL, uri TEXT NOT NULL, looked REAL, tried REAL,
            seconds REAL NOT NULL, problem TEXT NOT NULL, controller TEXT NOT NULL, mode TEXT NOT NULL,
            version TEXT NOT NULL, guests INTEGER NOT NULL, PRIMARY KEY (fleet, host)) WITHOUT ROWID""",
        # `rank` is how bad the condition is, `words` what is searched for a text.
        """CREATE TABLE standings (
            fleet TEXT NOT NULL, address TEXT NOT NULL, host TEXT NOT NULL, condition TEXT NOT NULL,
            since REAL NOT NULL, until REAL, cause TEXT NOT NULL, effect TEXT NOT NULL, problem TEXT NOT NULL,
            declared TEXT NOT NULL, observed TEXT NOT NULL, file TEXT NOT NULL, labels TEXT NOT NULL,
            kind TEXT NOT NULL, rank INTEGER NOT NULL, words TEXT NOT NULL, PRIMARY KEY (fleet, address))""",
        "CREATE INDEX standings_of_host ON standings (fleet, host, kind, address, condition, cause)",
        "CREATE INDEX standings_by_rank ON standings (fleet, rank, address)",
        """CREATE TABLE standing_counts (
            fleet TEXT NOT NULL, host TEXT NOT NULL, kind TEXT NOT NULL, condition TEXT NOT NULL,
            cause TEXT NOT NULL, number INTEGER NOT NULL,
            PRIMARY KEY (fleet, host, kind, condition, cause)) WITHOUT ROWID""",
        """CREATE TABLE details (
            fleet TEXT NOT NULL, address TEXT NOT NULL, differences TEXT NOT NULL, declared TEXT NOT NULL,
            seen TEXT NOT NULL, PRIMARY KEY (fleet, address))""",
        """CREATE TABLE present (
            fleet TEXT NOT NULL, host TEXT NOT NULL, domain TEXT NOT NULL,
            PRIMARY KEY (fleet, host, domain)) WITHOUT ROWID""",
        "CREATE INDEX present_domains ON present (fleet, domain)",
        """CREATE TABLE receivers (
            fleet TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (fleet, name)) WITHOUT ROWID""",
        """CREATE TABLE letters (
            id INTEGER PRIMARY KEY AUTOINCREMENT, fleet TEXT NOT NULL, kind TEXT NOT NULL,
            subject TEXT NOT NULL, text TEXT NOT NULL, at REAL NOT NULL, host TEXT NOT NULL,
            commit_id TEXT NOT NULL, former TEXT NOT NULL, latter TEXT NOT NULL, receiver TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL DEFAULT 0,
            why TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX letters_due ON letters (fleet, due)",
        """CREATE TABLE wakes (
            fleet TEXT NOT NULL, host TEXT NOT NULL, PRIMARY KEY (fleet, host)) WITHOUT ROWID""",
        # Whoever holds the writer's lease as a controller; what a dead one left is none.
        """CREATE TABLE members (
            fleet TEXT NOT NULL, id TEXT NOT NULL, machine TEXT NOT NULL, pid INTEGER NOT NULL,
            since REAL NOT NULL, hosts TEXT NOT NULL, PRIMARY KEY (fleet, id)) WITHOUT ROWID""",
    ),
    ("CREATE INDEX runs_by_start ON runs (fleet, started)",),  # what is too old is found at once
    (
        # Whose turn it is in a roll-out (`ended` is NULL), and whose it was.
        """CREATE TABLE tickets (
            fleet TEXT NOT NULL, rollout TEXT NOT NULL, address TEXT NOT NULL, host TEXT NOT NULL,
            grp TEXT NOT NULL, down INTEGER NOT NULL, taken REAL NOT NULL, ended REAL, failed TEXT NOT NULL,
            PRIMARY KEY (fleet, rollout, address)) WITHOUT ROWID""",
    ),
    (
        "ALTER TABLE records ADD COLUMN stamp TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX records_with_stamp ON records (fleet, host) WHERE stamp <> ''",
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
