"""One open database: reading, writing in transactions, and telling what is wrong with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from state.claims import Membership
from state.errors import StateError
from state.leases import Lease
from state.look_memory import LookMemory
from state.postgres.beats import Beat, BeatWatch, boottime
from state.postgres.connecting import OPTIONS, connect, prepare
from state.postgres.errors import passes, told
from state.postgres.url import DatabasePlace
from state.rows import Damaged

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]

_PATIENCE = 10.0
"""Seconds for which it is tried again while the database restarts."""

_PAUSE = 0.2
_MOST = 10
_NOTHING: Mapping[str, int] = MappingProxyType({})


class PostgresDatabase:
    """Connections that threads share. Every method raises StateError when the database cannot be used.

    What is asked or written is a function of a connection, so that it can be done again on another one when
    the database was restarted meanwhile. So everything written has to be good for being written twice.
    """

    def __init__(self, place: DatabasePlace, *, readonly: bool, made: bool) -> None:
        self.place = place
        self.lease: Lease | None = None
        """The writer's lease, while this process holds it, and its token."""
        self.writing = 0
        self.noted, self.stamps = LookMemory(), dict[tuple[str, str], str]()
        """The last look of each host and the stamp under which it was written."""
        self.sealing = b""
        """What secrets are sealed with, once that was asked."""
        self.member: Membership | None = None
        """This process as a controller, while it is one."""
        self._observing, self._observer = threading.Lock(), BeatWatch()
        self.noted, self.stamps = LookMemory(), dict[tuple[str, str], str]()
        """The last look of each host and the stamp under which it was written."""
        self.sealing = b""
        """What secrets are sealed with, once that was asked."""
        self._readonly, self._made = readonly, made
        self._opening = threading.Lock()
        self._pool: ConnectionPool[Connection] | None = None

    def close(self) -> None:
        """Closes all connections."""
        if self._pool is not None:
            self._pool.close()

    def rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
        """What a query finds. Nothing where no state was made yet."""
        if not self._made:
            self._made = self.run(is_made)
        return self.run(lambda connection: fetched(connection, query, values)) if self._made else []

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Writes all of the work or nothing, and raises the state's serial."""
        if self._readonly:
            raise StateError(f"the state {self.place.name} was opened to be read: nothing is written to it")

        def whole(connection: Connection) -> T:
            with connection.transaction():
                result = work(connection)
                connection.execute("SELECT nextval('virt_reconcile.serial')")
                return result

        return self.run(whole)

    def run(self, work: Callable[[Connection], T]) -> T:
        """Does it on a connection, and again on another one as long as that may help."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                with self._connections().connection(_PAUSE) as connection:
                    return work(connection)
            except PoolTimeout as error:  # the pool tries no more by itself, but when it is asked again
                if time.monotonic() > end:
                    raise self._why() from error
            except psycopg.Error as error:
                if not passes(error) or time.monotonic() > end:
                    raise told(self.place.name, error) from error
                self._connections().check()
                time.sleep(_PAUSE)

    def dead(self, beats: Collection[Beat]) -> set[str]:
        """Those of these controllers whom this process has seen silent for their time to live."""
        with self._observing:
            return {one.id for one in self._observer.see(beats, boottime())}

    def built(
        self, table: str, found: Iterable[Sequence[Any]], build: Callable[[Sequence[Any]], T]
    ) -> list[T]:
        """The rows as frozen data; StateError for one that we did not write."""
        built = []
        for row in found:
            try:
                built.append(build(row))
            except Damaged as error:
                raise StateError(
                    f"the state {self.place.name} is damaged (a row of {table}, {str(row[0])!r:.100}:"
                    f" {error}); it is only a cache: drop the schema virt_reconcile, and the next apply"
                    " adopts what it finds"
                ) from error
        return built

    def _connections(self) -> ConnectionPool[Connection]:
        with self._opening:
            if self._pool is None:
                self._pool = ConnectionPool(
                    self.place.conninfo,
                    kwargs=OPTIONS,
                    configure=prepare,
                    min_size=0,
                    max_size=_MOST,
                    reconnect_timeout=1.0,  # who waits asks again; longer, and each pause is twice the last
                    open=True,
                )
            return self._pool

    def _why(self) -> StateError:
        """The pool only knows that it has no connection."""
        try:
            connect(self.place).close()
        except psycopg.Error as error:
            return told(self.place.name, error)
        return StateError(f"the state {self.place.name} is too busy: none of {_MOST} connections came free")


class PostgresPart:
    """A part of an open state: the rows of one fleet in a database, for whoever has these claims."""

    def __init__(
        self,
        database: PostgresDatabase,
        fleet: str,
        claims: Mapping[str, int] = _NOTHING,
        member: Membership | None = None,
    ) -> None:
        self.database, self.fleet, self.claims, self.member = database, fleet, claims, member

    @property
    def held(self) -> tuple[str, str, list[str], list[int]]:
        """What `virt_reconcile.hold` is asked: it fails unless all claims hold still."""
        owner = self.member.id if self.member is not None else ""
        return self.fleet, owner, list(self.claims), list(self.claims.values())

    def transact(self, work: Callable[[Connection], T]) -> T:
        """As `PostgresDatabase.transact`; LeaseLost unless the claims hold until all is written."""

        def fenced(connection: Connection) -> T:
            if self.claims:
                connection.execute("SELECT virt_reconcile.hold(%s, %s, %s, %s)", self.held)
            return work(connection)

        return self.database.transact(fenced)

    def rows_of(self, query: str, column: str, wanted: Collection[object] | None) -> list[tuple[Any, ...]]:
        """What a query (up to its WHERE) finds of this fleet: all, or the rows with these values in a
        column."""
        if wanted is None:
            return self.database.rows(f"{query} WHERE fleet = %s", (self.fleet,))
        names = sorted({str(value) for value in wanted})
        if not names:
            return []
        return self.database.rows(f"{query} WHERE fleet = %s AND {column} = ANY (%s)", (self.fleet, names))


def fetched(
    connection: Connection, query: str, values: Sequence[object] | Mapping[str, object] = ()
) -> list[tuple[Any, ...]]:
    """What a query finds on this connection."""
    return connection.execute(query, values).fetchall()


def is_made(connection: Connection) -> bool:
    """Whether there is a state in the database."""
    return fetched(connection, "SELECT to_regclass('virt_reconcile.meta')") != [(None,)]


def insert(
    connection: Connection,
    table: str,
    columns: Mapping[str, str],
    rows: Collection[Sequence[object]],
    then: str = "",
) -> None:
    """Inserts rows with one statement. `columns` are their names and types; `then` says what becomes of those
    that are there already."""
    # executemany would send them one after the other: a process that is frozen in between would leave the
    # transaction open, for PostgreSQL's time limit only begins when it has answered.
    if rows:
        values = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        connection.execute(
            f"INSERT INTO virt_reconcile.{table} ({', '.join(columns)})"  # noqa: S608
            f" SELECT * FROM unnest({values}) {then}",
            [list(column) for column in zip(*rows, strict=True)],
        )
