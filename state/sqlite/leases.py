"""The writer's lease of a file: a lock that the system frees, so that it never runs out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from state.errors import StateError
from state.leases import Lease
from state.sqlite.database import Part
from state.sqlite.lock import writer_lock
from state.sqlite.trust import LOCK


class SqliteLeases(Part):
    """As `state.leases.Leases`."""

    @contextmanager
    def writer(self, command: str) -> Iterator[Lease]:
        """The writer's lease while the block runs."""
        database = self.database
        with writer_lock(database.path.with_name(database.path.name + LOCK), command) as lease:
            if not database.in_place:
                raise StateError(f"the state {database.path} was moved away meanwhile; run the command again")
            self._close_what_is_open()
            database.lease = lease
            try:
                yield lease
            finally:
                database.lease = None

    def _close_what_is_open(self) -> None:
        """What the dead left: runs, and tickets of roll-outs, whose guests somebody has to look at first.
        Those of all fleets: the lock is one for the whole file."""
        if self.database.rows("SELECT 1 FROM tickets WHERE ended IS NULL LIMIT 1"):
            with self.database.transaction() as connection:
                connection.execute("DELETE FROM tickets WHERE ended IS NULL")
        if self.database.rows("SELECT 1 FROM runs WHERE status = 'running' LIMIT 1"):
            with self.database.transaction() as connection:
                connection.execute(
                    "UPDATE runs SET status = 'interrupted', finished = ? WHERE status = 'running'",
                    (time.time(),),
                )
