"""Being told of something: PostgreSQL's notifications, as a hint.

They are lost with the connection, and behind PgBouncer they may never come. What counts is in the tables,
which are looked into at every beat.
"""

from __future__ import annotations

import threading
import time

import psycopg

from state.postgres.connecting import connect
from state.postgres.database import Connection
from state.postgres.url import DatabasePlace

_CHANNEL = "virt_reconcile"
EVERYBODY = "*"


class Listener:
    """One who waits to be told, by the name under which a fleet's controller is known."""

    def __init__(self, place: DatabasePlace, fleet: str, name: str) -> None:
        self._place = place
        self._about = {_payload(fleet, name), _payload(fleet, EVERYBODY)}
        self._mutex = threading.Lock()
        self._closed = threading.Event()
        self._connection: Connection | None = None

    def listen(self) -> None:
        """Connects; from now on nothing is missed, as long as the connection lasts. Never raises."""
        try:
            connection = connect(self._place)
            connection.execute(f"LISTEN {_CHANNEL}")
            self._connection = connection
        except psycopg.Error:
            self._connection = None

    def wait(self, seconds: float) -> None:
        """Returns when one is told of something, or may have missed that; at the latest after so long."""
        end = time.monotonic() + seconds
        with self._mutex:
            if self._connection is None:
                self.listen()
                if self._connection is None:
                    self._closed.wait(max(end - time.monotonic(), 0.0))
                return
            try:
                while (left := end - time.monotonic()) > 0 and not self._closed.is_set():
                    told = self._connection.notifies(timeout=left, stop_after=1)
                    if any(notification.payload in self._about for notification in told):
                        return
            except psycopg.Error:
                self._connection.close()
                self._connection = None

    def close(self) -> None:
        """Ends it."""
        self._closed.set()
        if self._connection is not None:
            self._connection.close()


def tell(connection: Connection, fleet: str, *names: str) -> None:
    """Tells controllers, when the caller's transaction has ended."""
    connection.execute(
        "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload",
        (_CHANNEL, sorted({_payload(fleet, name) for name in names})),
    )


def _payload(fleet: str, name: str) -> str:
    return f"{fleet}\n{name}"
