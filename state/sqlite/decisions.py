"""Decisions of people, in SQLite."""

from __future__ import annotations

import time

from state import service_rows as rows
from state.decisions import Decision, Verb
from state.rows import LATEST
from state.sqlite.database import Part

_END = "UPDATE decisions SET ended = ?, ended_by = ? WHERE fleet = ? AND ended IS NULL AND verb = ?"
_LIVES = " AND (expires IS NULL OR expires > ?)"


class SqliteDecisions(Part):
    """As `state.decisions.Decisions`."""

    def decide(
        self, verb: Verb, subject: str, author: str, reason: str = "", expires: float | None = None
    ) -> Decision:
        """Writes a decision, and ends the one whose place it takes."""
        now, expires = time.time(), None if expires is None else min(expires, LATEST)
        with self.database.transaction() as connection:
            replaced, values = (_END, ()) if verb is Verb.PIN else (f"{_END} AND subject = ?", (subject,))
            connection.execute(replaced + _LIVES, (now, author, self.fleet, verb, *values, now))
            cursor = connection.execute(
                "INSERT INTO decisions (fleet, at, verb, subject, author, reason, expires)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (self.fleet, now, verb, subject, author, reason, expires),
            )
            return Decision(int(cursor.lastrowid or 0), now, verb, subject, author, reason, expires)

    def end_decision(self, verb: Verb, subject: str, author: str) -> bool:
        """Ends what is in force of this verb and subject; whether there was something."""
        now = time.time()
        with self.database.transaction() as connection:
            ended = connection.execute(
                f"{_END} AND ? IN ('', subject){_LIVES}", (now, author, self.fleet, verb, subject, now)
            )
            return ended.rowcount > 0

    def decisions(self, *, past: bool = False) -> list[Decision]:
        """What is in force now, oldest first; with `past`, all that there ever was."""
        found = self.database.rows(
            f"SELECT {rows.DECISION} FROM decisions WHERE fleet = ?"  # noqa: S608
            f"{'' if past else ' AND ended IS NULL'} ORDER BY id",
            (self.fleet,),
        )
        decisions, now = self.database.built("decisions", found, rows.decision_of), time.time()
        return [decision for decision in decisions if past or decision.holds(now)]
