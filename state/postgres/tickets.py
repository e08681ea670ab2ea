"""Tickets of roll-outs, in PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping

from specs.identity import Address
from state.postgres.database import Connection, PostgresPart, fetched
from state.ticket_rows import COLUMNS, begun_of, ticket_of, values_of
from state.tickets import KEPT, Begun, GuestTurn, Quota, Ticket, ended, granted

# A ticket that is under way lasts as long as the claim under which it was taken.
_LASTS = """
(ended IS NOT NULL OR token = 0 OR EXISTS (
    SELECT FROM virt_reconcile.claims AS claim
    JOIN virt_reconcile.controllers AS controller
        ON controller.fleet = claim.fleet AND controller.id = claim.owner
    WHERE claim.fleet = ticket.fleet AND claim.host = ticket.host AND claim.token = ticket.token))
"""
_KNOWN = f"""
SELECT {COLUMNS} FROM virt_reconcile.tickets AS ticket WHERE fleet = %s AND rollout = %s AND {_LASTS}
AND (%s::text[] IS NULL OR failed <> '' OR address = ANY (%s::text[]))
ORDER BY taken, address
"""  # noqa: S608
_BEGUN = f"""
SELECT grp, count(*), count(*) FILTER (WHERE ended IS NULL), max(ended)
FROM virt_reconcile.tickets AS ticket WHERE fleet = %s AND rollout = %s AND {_LASTS} GROUP BY grp
"""  # noqa: S608
_PUT = f"""
INSERT INTO virt_reconcile.tickets (fleet, rollout, token, {COLUMNS})
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (fleet, rollout, address) DO UPDATE SET token = excluded.token, host = excluded.host,
    grp = excluded.grp, down = excluded.down, taken = excluded.taken, ended = excluded.ended,
    failed = excluded.failed
"""  # noqa: S608
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('virt-reconcile tickets ' || %s || ' ' || %s, 0))"
_FORGET = "DELETE FROM virt_reconcile.tickets WHERE fleet = %s AND taken < %s"
_RETURN = """
DELETE FROM virt_reconcile.tickets
WHERE fleet = %s AND rollout = %s AND address = ANY (%s) AND ended IS NULL
"""


class PostgresTickets(PostgresPart):
    """As `state.tickets.Tickets`."""

    def tickets(self, rollout: str, addresses: Collection[Address] | None = None) -> list[Ticket]:
        """Tickets of a roll-out, in the order in which they were taken: all, or some and what failed."""
        names = None if addresses is None else [str(address) for address in addresses]
        found = self.database.rows(_KNOWN, (self.fleet, rollout, names, names))
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

        def take(connection: Connection) -> frozenset[Address]:
            connection.execute(_ALONE, (self.fleet, rollout))
            connection.execute(_FORGET, (self.fleet, now - KEPT))
            turns = granted(self._known(connection, rollout), wanted, limits)
            self._put(connection, rollout, (Ticket(turn, now) for turn in turns))
            return frozenset(turn.address for turn in turns)

        return self.transact(take)

    def end_tickets(self, rollout: str, how: Mapping[GuestTurn, str]) -> None:
        """Ends the tickets of these turns, each with what went wrong."""
        now = time.time()

        def end(connection: Connection) -> None:
            connection.execute(_ALONE, (self.fleet, rollout))
            self._put(connection, rollout, ended(self._known(connection, rollout), how, now))

        self.transact(end)

    def return_tickets(self, rollout: str, addresses: Collection[Address]) -> None:
        """Gives tickets back of those to whom nothing was done."""
        names = [str(address) for address in addresses]
        self.transact(lambda connection: connection.execute(_RETURN, (self.fleet, rollout, names)))

    def _known(self, connection: Connection, rollout: str) -> list[Ticket]:
        found = fetched(connection, _KNOWN, (self.fleet, rollout, None, None))
        return self.database.built("tickets", found, ticket_of)

    def _put(self, connection: Connection, rollout: str, tickets: Iterable[Ticket]) -> None:
        for ticket in tickets:
            token = self.claims.get(ticket.turn.host, 0)
            connection.execute(_PUT, (self.fleet, rollout, token, *values_of(ticket)))
