"""Looking who lives, and taking for dead who does not: `state.postgres.beats` says by what."""

from __future__ import annotations

import time
from collections.abc import Callable

from state.leases import Holder
from state.postgres.beats import Beat, BeatWatch, boottime
from state.postgres.database import Connection, PostgresDatabase, fetched

_PAUSE = 0.05
_BEATS = "SELECT id, beat, ttl FROM virt_reconcile.controllers WHERE fleet = %s ORDER BY id"
# By its beat: it may have lived on meanwhile.
_REMOVE = """
WITH gone AS (
    DELETE FROM virt_reconcile.controllers WHERE fleet = %s AND id = %s AND beat = %s RETURNING id)
UPDATE virt_reconcile.runs SET status = 'interrupted', finished = %s
FROM gone WHERE fleet = %s AND owner = gone.id AND status = 'running'
"""


def beats_of(connection: Connection, fleet: str) -> list[Beat]:
    """All controllers that said so and were not taken for dead, the dead among them."""
    return [Beat(*row) for row in fetched(connection, _BEATS, (fleet,))]


def remove(connection: Connection, fleet: str, dead: Beat) -> None:
    """Takes a controller for dead: what it has is anybody's, and its runs were interrupted."""
    connection.execute(_REMOVE, (fleet, dead.id, dead.beat, time.time(), fleet))


def someone_alive(
    database: PostgresDatabase, fleet: str, clock: Callable[[], float] = boottime
) -> Holder | None:
    """A controller that beats while one watches; when none does for its time to live, all are taken for
    dead."""
    observer, first = BeatWatch(), dict[str, int]()
    while True:
        beats = database.run(lambda connection: beats_of(connection, fleet))
        for one in beats:
            if first.setdefault(one.id, one.beat) != one.beat:
                return _holder_of(database, fleet, one)
        for one in observer.see(beats, clock()):
            database.transact(lambda connection, dead=one: remove(connection, fleet, dead))  # type: ignore[misc]
        if not beats:
            return None
        time.sleep(_PAUSE)


def _holder_of(database: PostgresDatabase, fleet: str, one: Beat) -> Holder | None:
    found = database.rows(
        "SELECT pid, machine, login, command, since FROM virt_reconcile.controllers"
        " WHERE fleet = %s AND id = %s",
        (fleet, one.id),
    )
    return next((Holder(*row) for row in found), None)
