"""The writer's lease: a lock of the database that is held by an open transaction on a connection of its own.

It ends with the connection, so with the process, however that dies; and a transaction is a lock's owner also
behind PgBouncer. When the database restarts, the lock is gone and is taken again; the token in `writers`
tells whether somebody came in between.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from state.errors import LeaseLost, Locked, StateError
from state.leases import Holder, Lease
from state.postgres.connecting import connect
from state.postgres.database import Connection, PostgresDatabase, PostgresPart, fetched
from state.postgres.errors import told
from state.postgres.holder import this_process
from state.postgres.observing import someone_alive

_KEY = "hashtextextended('virt-reconcile ' || %s, 0)"
# Nobody's idea of an idle transaction, nor a machine that vanished, ends or keeps it for long.
_TO_LAST = """
SET LOCAL idle_in_transaction_session_timeout = 0;
SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3
"""
_TAKE = """
INSERT INTO virt_reconcile.writers (fleet, token, pid, machine, login, command, since)
VALUES (%s, nextval('virt_reconcile.tokens'), %s, %s, %s, %s, %s)
ON CONFLICT (fleet) DO UPDATE SET token = excluded.token, pid = excluded.pid, machine = excluded.machine,
    login = excluded.login, command = excluded.command, since = excluded.since
RETURNING token
"""
_CLOSE_RUNS = """
UPDATE virt_reconcile.runs SET status = 'interrupted', finished = %s WHERE fleet = %s AND status = 'running'
"""
# Of what the dead left nobody knows how it is.
_FREE_TICKETS = """
DELETE FROM virt_reconcile.tickets WHERE fleet = %s AND token = 0 AND ended IS NULL
"""


class PostgresLeases(PostgresPart):
    """As `state.leases.Leases`."""

    @contextmanager
    def writer(self, command: str) -> Iterator[Lease]:
        """The writer's lease while the block runs."""
        lease = PostgresLease(self.database, self.fleet, this_process(command))
        try:
            self.database.writing = lease.take()
            self.database.lease = lease
            yield lease
        finally:
            self.database.lease, self.database.writing = None, 0
            lease.end()


class PostgresLease:
    """The lease while it is held, as `state.leases.Lease`."""

    def __init__(self, database: PostgresDatabase, fleet: str, holder: Holder) -> None:
        self._database, self._fleet, self._holder = database, fleet, holder
        self._mutex = threading.Lock()
        self._connection: Connection | None = None
        self._token = 0

    @property
    def holder(self) -> Holder:
        """Who holds it: this process."""
        return self._holder

    def take(self) -> int:
        """Its token; Locked when another writer has it, or a controller lives."""
        if not self._lock():
            raise Locked(self._database.run(lambda connection: writer_of(connection, self._fleet)))
        alive = someone_alive(self._database, self._fleet)
        if alive is not None:
            raise Locked(alive)
        holder, fleet = self._holder, self._fleet

        def take(connection: Connection) -> int:
            connection.execute(_CLOSE_RUNS, (time.time(), fleet))
            connection.execute(_FREE_TICKETS, (fleet,))
            values = (fleet, holder.pid, holder.machine, holder.user, holder.command, holder.since)
            return int(fetched(connection, _TAKE, values)[0][0])

        self._token = self._database.transact(take)
        return self._token

    def renew(self) -> None:
        """Takes the lock again where its connection was lost; LeaseLost when somebody else came first."""
        with self._mutex:
            if not self._holds() and not self._lock():
                raise self._lost()
        if not self._is_ours():
            raise self._lost()

    def end(self) -> None:
        """Gives it back."""
        if self._token:
            query = "DELETE FROM virt_reconcile.writers WHERE fleet = %s AND token = %s"
            with suppress(StateError):  # its word that it holds the lease is worth nothing without the lock
                self._database.transact(lambda c: c.execute(query, (self._fleet, self._token)))
        if self._connection is not None:
            with suppress(psycopg.Error):  # closing alone frees the lock a moment after the next one asks
                self._connection.execute("ROLLBACK")
            self._connection.close()

    def _holds(self) -> bool:
        """Whether the connection lives, and the lock with it."""
        if self._connection is None or self._connection.closed:
            return False
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self._connection.close()
            return False
        return True

    def _lock(self) -> bool:
        """Whether the lock was free, and is ours now."""
        try:
            self._connection = connect(self._database.place)
            self._connection.execute("BEGIN")
            self._connection.execute(_TO_LAST)
            taken = fetched(self._connection, f"SELECT pg_try_advisory_xact_lock({_KEY})", (self._fleet,))
        except psycopg.Error as error:
            raise told(self._database.place.name, error) from error
        return bool(taken[0][0])

    def _is_ours(self) -> bool:
        query = "SELECT 1 FROM virt_reconcile.writers WHERE fleet = %s AND token = %s"
        return bool(self._database.rows(query, (self._fleet, self._token)))

    def _lost(self) -> LeaseLost:
        return LeaseLost(
            f"the state {self._database.place.name} was taken over by another process while"
            f" '{self._holder.command}' held it: nothing more is begun; run the command again"
        )


def no_writer(connection: Connection, fleet: str) -> bool:
    """Whether nobody holds the writer's lease, nor will until the caller's transaction has ended."""
    return bool(fetched(connection, f"SELECT pg_try_advisory_xact_lock_shared({_KEY})", (fleet,))[0][0])


def writer_of(connection: Connection, fleet: str) -> Holder | None:
    """Who says that it is the writer; None while it has not said so yet."""
    query = "SELECT pid, machine, login, command, since FROM virt_reconcile.writers WHERE fleet = %s"
    return next((Holder(*row) for row in fetched(connection, query, (fleet,))), None)
