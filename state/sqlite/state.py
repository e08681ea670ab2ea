"""The state of one fleet in an SQLite file, put together from its parts.

It is a cache: losing it loses nothing that adoption does not restore.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Self

from state.rows import serial_of
from state.sqlite.claims import SqliteClaims
from state.sqlite.commits import SqliteCommits
from state.sqlite.database import Database
from state.sqlite.decisions import SqliteDecisions
from state.sqlite.fills import SqliteFills
from state.sqlite.journal import SqliteJournal
from state.sqlite.key import key_beside
from state.sqlite.outbox import SqliteOutbox
from state.sqlite.records import SqliteRecords
from state.sqlite.standings import SqliteStandings
from state.sqlite.tickets import SqliteTickets


class SqliteState(
    SqliteRecords,
    SqliteFills,
    SqliteJournal,
    SqliteClaims,
    SqliteDecisions,
    SqliteCommits,
    SqliteStandings,
    SqliteOutbox,
    SqliteTickets,
):
    """As `state.OpenState`."""

    def __init__(self, database: Database, fleet: str) -> None:
        super().__init__(database, fleet)
        self._key: bytes | None = None

    def under(self, claims: Mapping[str, int]) -> Self:
        """The state itself: all hosts are those of whoever holds the writer's lease."""
        return self

    def close(self) -> None:
        """Closes the file."""
        self.database.close()

    def sealing_key(self) -> bytes:
        """What secrets in documents are sealed with; see `state.sqlite.key`."""
        if self._key is None:
            self._key = self._own_key() or os.urandom(32)
        return self._key

    def _own_key(self) -> bytes | None:
        """None where it cannot be written: what is sealed then is new to every process."""
        try:
            return key_beside(self.database.path, make=True)
        except OSError:
            return None

    def serial(self) -> tuple[str, int]:
        """The state's lineage, and how often it was written since it was made."""
        meta = self.database.rows("SELECT key, value FROM meta")
        return self.database.built("meta", [meta], serial_of)[0]
