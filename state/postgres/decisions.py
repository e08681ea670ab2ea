"""Decisions of people, in PostgreSQL."""

from __future__ import annotations

import secrets
import time

from state import service_rows as rows
from state.decisions import Decision, Verb
from state.postgres.database import Connection, PostgresPart
from state.rows import LATEST

_END = """
UPDATE virt_reconcile.decisions SET ended = %(now)s, ended_by = %(author)s
WHERE fleet = %(fleet)s AND ended IS NULL AND verb = %(verb)s AND (expires IS NULL OR expires > %(now)s)
AND %(subject)s IN ('', subject) AND key <> %(key)s
"""
_DECIDE = """
INSERT INTO virt_reconcile.decisions (fleet, at, verb, subject, author, reason, expires, key)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id
"""


class PostgresDecisions(PostgresPart):
    """As `state.decisions.Decisions`."""

    def decide(
        self, verb: Verb, subject: str, author: str, reason: str = "", expires: float | None = None
    ) -> Decision:
        """Writes a decision, and ends the one whose place it takes."""
        now, expires = time.time(), None if expires is None else min(expires, LATEST)
        key = secrets.token_hex(16)
        ended = self._ended(verb, "" if verb is Verb.PIN else subject, author, now, key)

        def decide(connection: Connection) -> int:
            connection.execute(_END, ended)
            values = (self.fleet, now, verb, subject, author, reason, expires, key)
            return int(connection.execute(_DECIDE, values).fetchall()[0][0])

        return Decision(self.database.transact(decide), now, verb, subject, author, reason, expires)

    def end_decision(self, verb: Verb, subject: str, author: str) -> bool:
        """Ends what is in force of this verb and subject; whether there was something."""
        ended = self._ended(verb, subject, author, time.time())
        return self.database.transact(lambda connection: connection.execute(_END, ended).rowcount > 0)

    def decisions(self, *, past: bool = False) -> list[Decision]:
        """What is in force now, oldest first; with `past`, all that there ever was."""
        found = self.database.rows(
            f"SELECT {rows.DECISION} FROM virt_reconcile.decisions WHERE fleet = %s"  # noqa: S608
            f"{'' if past else ' AND ended IS NULL'} ORDER BY id",
            (self.fleet,),
        )
        decisions, now = self.database.built("decisions", found, rows.decision_of), time.time()
        return [decision for decision in decisions if past or decision.holds(now)]

    def _ended(self, verb: Verb, subject: str, author: str, now: float, key: str = "") -> dict[str, object]:
        return {
            "fleet": self.fleet, "verb": verb, "subject": subject, "author": author, "now": now, "key": key
        }  # fmt: skip
