"""The state of one fleet in a PostgreSQL database, put together from its parts.

It is a cache: losing it loses nothing that adoption does not restore.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

from state.errors import StateError
from state.postgres.claims import PostgresClaims
from state.postgres.commits import PostgresCommits
from state.postgres.decisions import PostgresDecisions
from state.postgres.fills import PostgresFills
from state.postgres.journal import PostgresJournal
from state.postgres.outbox import PostgresOutbox
from state.postgres.records import PostgresRecords
from state.postgres.standings import PostgresStandings
from state.postgres.tickets import PostgresTickets


class PostgresState(
    PostgresRecords,
    PostgresFills,
    PostgresJournal,
    PostgresClaims,
    PostgresDecisions,
    PostgresCommits,
    PostgresStandings,
    PostgresOutbox,
    PostgresTickets,
):
    """As `state.OpenState`."""

    def under(self, claims: Mapping[str, int]) -> Self:
        """The same state for whoever works these hosts by these tokens."""
        return type(self)(self.database, self.fleet, dict(claims), self.database.member)

    def close(self) -> None:
        """Closes all connections."""
        self.database.close()

    def sealing_key(self) -> bytes:
        """What secrets in documents are sealed with; new to every process where the role may not read it."""
        if not self.database.sealing:
            with suppress(StateError):
                self.database.sealing = self.own_key() or b""
            self.database.sealing = self.database.sealing or os.urandom(32)
        return self.database.sealing

    def own_key(self) -> bytes | None:
        """The key that was made with the state; None while there is none."""
        found = self.database.rows("SELECT value FROM virt_reconcile.secrets WHERE name = 'key'")
        return bytes(found[0][0]) if found else None

    def serial(self) -> tuple[str, int]:
        """The state's lineage, and how often it was written since it was made."""
        found = self.database.rows(
            "SELECT value, CASE WHEN is_called THEN last_value ELSE 0 END"
            " FROM virt_reconcile.meta, virt_reconcile.serial WHERE key = 'lineage'"
        )
        return next(((str(lineage), int(serial)) for lineage, serial in found), ("", 0))
