"""The journal in SQLite.

`actions` is what a person reads. Two small tables answer what is asked at every plan, and outlive the runs
that they were written by: `latest` has the newest entry of each verb on each address, `unended` the
actions that nobody has seen to end.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection

from specs.identity import Address
from state import rows
from state.journal import ActionEntry, Keep, Run
from state.sqlite.database import Part
from state.sqlite.pruning import prune_some

_PART = 100
"""How many runs are removed in one transaction, and at most at the end of a run."""


_JOINED = rows.ENTRY.replace("started, finished", "actions.started, actions.finished")


class SqliteJournal(Part):
    """As `state.journal.Journal`."""

    def begin_run(self, command: str, tree: str, commit: str = "", plan: str = "", cause: str = "") -> int:
        """Opens a run and gives its number."""
        with self.database.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO runs (fleet, command, tree, commit_id, started, status, summary, cause)"
                " VALUES (?, ?, ?, ?, ?, 'running', '', ?)",
                (self.fleet, command, tree, commit, time.time(), cause),
            )
            run = int(cursor.lastrowid or 0)
            if plan:
                connection.execute(
                    "INSERT OR REPLACE INTO executed VALUES (?, ?, ?)", (self.fleet, plan, run)
                )
            return run

    def finish_run(self, run: int, status: str, summary: str, keep: Keep = Keep()) -> None:
        """Closes a run, and removes some of the oldest ones."""
        now = time.time()
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE runs SET finished = ?, status = ?, summary = ? WHERE id = ?",
                (now, status, summary, run),
            )
            prune_some(connection, self.fleet, keep, now, _PART)

    def begin_action(self, run: int, action: str, address: str, verb: str, host: str = "") -> None:
        """Notes that an action begins."""
        if self.database.lease is not None:
            self.database.lease.renew()
        now, token = time.time(), self.database.token
        with self.database.transaction() as connection:
            number = _next_number(connection)
            connection.execute(
                "INSERT OR REPLACE INTO actions VALUES (?, ?, ?, ?, ?, NULL, '', '', ?, ?, ?)",
                (run, action, address, verb, now, host, token, number),
            )
            connection.execute(
                "INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?, ?, ?, NULL, '', '', ?, ?, ?)",
                (self.fleet, address, verb, run, action, now, host, token, number),
            )
            connection.execute(
                "INSERT OR REPLACE INTO unended VALUES (?, ?, ?, ?)", (self.fleet, address, run, action)
            )

    def finish_action(self, run: int, action: str, outcome: str, message: str = "") -> None:
        """Notes what became of an action."""
        now = time.time()
        with self.database.transaction() as connection:
            known = connection.execute(
                "SELECT address, verb FROM actions WHERE run = ? AND action = ?", (run, action)
            ).fetchone()
            if known is None:
                return
            address, verb = known
            end = (now, outcome, message, _next_number(connection))
            connection.execute(
                "UPDATE actions SET finished = ?, outcome = ?, message = ?, number = ?"
                " WHERE run = ? AND action = ?",
                (*end, run, action),
            )
            connection.execute(
                "UPDATE latest SET finished = ?, outcome = ?, message = ?, number = ?"
                " WHERE fleet = ? AND address = ? AND verb = ? AND run = ? AND action = ?",
                (*end, self.fleet, address, verb, run, action),
            )
            # Of this run, another action on the same address may be under way right now.
            connection.execute(
                "DELETE FROM unended"
                " WHERE fleet = ? AND address = ? AND (run < ? OR (run = ? AND action = ?))",
                (self.fleet, address, run, run, action),
            )

    def runs(self, limit: int = 20) -> list[Run]:
        """The latest runs, newest first."""
        found = self.database.rows(
            f"SELECT {rows.RUN} FROM runs WHERE fleet = ? ORDER BY id DESC LIMIT ?",  # noqa: S608
            (self.fleet, limit),
        )
        return self.database.built("runs", found, rows.run_of)

    def run_of(self, plan: str) -> int | None:
        """The number of the run that executed a saved plan."""
        found = self.database.rows(
            "SELECT run FROM executed WHERE fleet = ? AND plan = ?", (self.fleet, plan)
        )
        return next(iter(self.database.built("executed", found, rows.number_of)), None)

    def actions(self, run: int) -> list[ActionEntry]:
        """The journal of one run, in the order in which its actions began."""
        found = self.database.rows(
            f"SELECT {rows.ENTRY} FROM actions WHERE run = ? ORDER BY started, rowid",  # noqa: S608
            (run,),
        )
        return self.database.built("actions", found, rows.entry_of)

    def actions_on(self, address: str, limit: int = 50) -> list[ActionEntry]:
        """The latest actions on one address, newest first."""
        found = self.database.rows(
            f"SELECT {_JOINED} FROM actions JOIN runs ON runs.id = run WHERE address = ? AND fleet = ?"  # noqa: S608
            " ORDER BY actions.started DESC, number DESC LIMIT ?",
            (address, self.fleet, limit),
        )
        return self.database.built("actions", found, rows.entry_of)

    def changes_after(self, number: int, limit: int = 500) -> list[ActionEntry]:
        """The actions that began or ended since the journal had this number, by number."""
        found = self.database.rows(
            f"SELECT {_JOINED} FROM actions JOIN runs ON runs.id = run WHERE number > ? AND fleet = ?"  # noqa: S608
            " ORDER BY number LIMIT ?",
            (max(number, 0), self.fleet, limit),
        )
        return self.database.built("actions", found, rows.entry_of)

    def last_number(self) -> int:
        """The largest number in the journal; 0 while it has none."""
        found = self.database.rows("SELECT coalesce(max(number), 0) FROM actions")
        return self.database.built("actions", found, rows.number_of)[0]

    def last_outcomes(
        self, verbs: Collection[str] = (), addresses: Collection[Address] | None = None
    ) -> dict[str, ActionEntry]:
        """What became of the latest action on each address; of the latest of these verbs, if any."""
        latest = self.rows_of(f"SELECT {rows.ENTRY} FROM latest", "address", addresses)  # noqa: S608
        entries = self.database.built("latest", rows.newest(latest, verbs), rows.entry_of)
        return {entry.address: entry for entry in entries}

    def interrupted(self, addresses: Collection[Address] | None = None) -> frozenset[Address]:
        """What actions were begun upon that were never seen to end, and that nothing has ended since."""
        found = self.rows_of("SELECT address FROM unended", "address", addresses)
        return frozenset(self.database.built("unended", found, lambda row: rows.address_of(row[0])))

    def prune(self, keep: Keep = Keep()) -> int:
        """Removes the runs that need not be kept, part by part, so that nobody waits for long."""
        removed = 0
        while True:
            with self.database.transaction() as connection:
                part = prune_some(connection, self.fleet, keep, time.time(), _PART)
            removed += part
            if part < _PART:
                return removed


def _next_number(connection: sqlite3.Connection) -> int:
    """The state's serial that this transaction makes: it never was another's, and grows with every one."""
    found = connection.execute("SELECT value + 1 FROM meta WHERE key = 'serial'").fetchone()
    return int(found[0])
