"""Tickets of roll-outs, in SQLite."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping

from specs.identity import Address
from state.sqlite.database import Part
from state.ticket_rows import COLUMNS, begun_of, ticket_of, values_of
from state.tickets import KEPT, Begun, GuestTurn, Quota, Ticket, ended, granted

_KNOWN = f"""
SELECT {COLUMNS} FROM tickets WHERE fleet = ? AND rollout = ?
AND (? IS NULL OR failed <> '' OR address IN (SELECT value FROM json_each(?)))
ORDER BY taken, address
"""  # noqa: S608
_BEGUN = """
SELECT grp, count(*), sum(ended IS NULL), max(ended) FROM tickets WHERE fleet = ? AND rollout = ? GROUP BY grp
"""
_PUT = f"INSERT OR REPLACE INTO tickets (fleet, rollout, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608


class SqliteTickets(Part):
    """As `state.tickets.Tickets`."""

    def tickets(self, rollout: str, addresses: Collection[Address] | None = None) -> list[Ticket]:
        """Tickets of a roll-out, in the order in which they were taken: all, or some and what failed."""
        names = [None] if addresses is None else [json.dumps([str(address) for address in addresses])]
        found = self.database.rows(_KNOWN, (self.fleet, rollout, *names, *names))
        return self.database.built("tickets", found, ticket_of)

    def begun(self, rollout: str) -> dict[str, Begun]:
        """How far each group is."""
        found = self.database.rows(_BEGUN, (self.fleet, rollout))
        return dict(self.database.built("tickets", found, begun_of))

    def take(
        self, rollout: str, wanted: Collection[GuestTurn], limits: Mapping[str, Quota]
    ) -> frozenset[Address]:
        """Takes tickets for as many of these as the limits let; gives those that have one now."""
        now = time.time()
        with self.database.transaction() as connection:
            turns = granted(self.tickets(rollout), wanted, limits)
            connection.execute("DELETE FROM tickets WHERE taken < ?", (now - KEPT,))
            self._put(connection, rollout, (Ticket(turn, now) for turn in turns))
        return frozenset(turn.address for turn in turns)

    def end_tickets(self, rollout: str, how: Mapping[GuestTurn, str]) -> None:
        """Ends the tickets of these turns, each with what went wrong."""
        now = time.time()
        with self.database.transaction() as connection:
            self._put(connection, rollout, ended(self.tickets(rollout), how, now))

    def return_tickets(self, rollout: str, addresses: Collection[Address]) -> None:
        """Gives tickets back of those to whom nothing was done."""
        with self.database.transaction() as connection:
            connection.executemany(
                "DELETE FROM tickets WHERE fleet = ? AND rollout = ? AND address = ? AND ended IS NULL",
                [(self.fleet, rollout, str(address)) for address in addresses],
            )

    def _put(self, connection: sqlite3.Connection, rollout: str, tickets: Iterable[Ticket]) -> None:
        connection.executemany(_PUT, [(self.fleet, rollout, *values_of(ticket)) for ticket in tickets])
