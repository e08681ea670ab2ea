"""A connection of one's own, made anew when it was lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import psycopg

from state.postgres.connecting import connect
from state.postgres.database import Connection
from state.postgres.errors import passes, told
from state.postgres.url import DatabasePlace

T = TypeVar("T")


class OwnConnection:
    """What is done over it is not waited for: StateError says at once that the database is away. Threads
    take turns."""

    def __init__(self, place: DatabasePlace) -> None:
        self._place = place
        self._mutex = threading.Lock()
        self._connection: Connection | None = None

    def run(self, work: Callable[[Connection], T]) -> T:
        """Does it, all or nothing; once more where only the connection was lost since last it was used."""
        with self._mutex:
            try:
                return self._once(work)
            except psycopg.Error as error:
                self._close()
                if not passes(error):
                    raise told(self._place.name, error) from error
            try:
                return self._once(work)
            except psycopg.Error as error:
                self._close()
                raise told(self._place.name, error) from error

    def close(self) -> None:
        """Closes it."""
        with self._mutex:
            self._close()

    def _once(self, work: Callable[[Connection], T]) -> T:
        if self._connection is None:
            self._connection = connect(self._place)
        with self._connection.transaction():
            return work(self._connection)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
