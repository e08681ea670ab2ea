"""One open database: reading, writing in transactions, and telling what is wrong with it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from specs.reading.inode import file_at
from state.errors import StateError
from state.leases import Lease
from state.owning import how_to_own
from state.rows import Damaged

T = TypeVar("T")
_BATCH = 500


class Database:
    """A connection that threads share. Every method raises StateError when the file turns out to be damaged,
    or cannot be written."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, readonly: bool) -> None:
        self.path = path
        self.lease: Lease | None = None
        """The writer's lease, while this process holds it."""
        self.token = 0
        """What the journal keeps of a claim: 1 while this process is the controller."""
        self._connection = connection
        self._file = None if readonly else file_at(path)
        self._mutex = threading.RLock()
        self._closed = False

    def close(self) -> None:
        """Closes the connection, when whoever uses it just now is done: SQLite bears no less."""
        with self._mutex:
            self._closed = True
            self._connection.close()

    @property
    def in_place(self) -> bool:
        """Whether the file that was opened still lies there."""
        return file_at(self.path) == self._file

    def rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self._mutex, self._translated():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Writes all of the block or nothing, and raises the state's serial."""
        with self._mutex, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute(
                    "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'serial'"
                )
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

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
                    f"the state {self.path} is damaged (a row of {table}, {str(row[0])!r:.100}: {error});"
                    " it is only a cache: move it away, and the next apply adopts what it finds"
                ) from error
        return built

    @contextmanager
    def _translated(self) -> Iterator[None]:
        if self._closed:
            raise StateError(f"the state {self.path} was closed meanwhile")
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise unusable(self.path, error) from error


class Part:
    """A part of an open state: the rows of one fleet in a database."""

    def __init__(self, database: Database, fleet: str) -> None:
        self.database, self.fleet = database, fleet

    def rows_of(self, query: str, column: str, wanted: Collection[object] | None) -> list[tuple[Any, ...]]:
        """What a query (up to its WHERE) finds of this fleet: all, or the rows with these values in a column,
        looked for part by part, for SQLite takes only so many at once."""
        if wanted is None:
            return self.database.rows(f"{query} WHERE fleet = ?", (self.fleet,))
        names = sorted({str(value) for value in wanted})
        found = []
        for start in range(0, len(names), _BATCH):
            part = names[start : start + _BATCH]
            marks = ",".join("?" * len(part))
            found += self.database.rows(
                f"{query} WHERE fleet = ? AND {column} IN ({marks})", (self.fleet, *part)
            )
        return found


def unusable(path: Path, error: sqlite3.DatabaseError) -> StateError:
    """What a person is told of SQLite's error."""
    # Without a code, or with that of a wrong statement, the file is not as we made it: no such table, a
    # column that holds no text. Others are about its surroundings: no room, no permission, locked.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR:
        hint = how_to_own(path) or "; --state names another place"
        return StateError(f"the state {path} cannot be used: {error}{hint}")
    return StateError(
        f"the state {path} cannot be read ({error}); it is only a cache: move it away, and the next"
        " apply adopts what it finds"
    )
