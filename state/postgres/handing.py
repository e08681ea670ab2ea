"""How hosts change hands: what a beat says to the database, a statement each.

A host is free when nobody owns it, or somebody who is no controller (any more). Whoever takes or gives one
makes a new token in the same statement; what is locked, because something is being written under its claim
right now, is left for the next beat.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from state.errors import Locked
from state.leases import Holder
from state.postgres.database import Connection, fetched
from state.postgres.leases import no_writer, writer_of
from state.postgres.listening import EVERYBODY, tell
from state.postgres.own_connection import OwnConnection

_ENTER = """
INSERT INTO virt_reconcile.controllers (fleet, id, pid, machine, login, command, since, ttl)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
# What a writer that died left behind: nobody else was there.
_CLOSE_RUNS = """
UPDATE virt_reconcile.runs SET status = 'interrupted', finished = %s
WHERE fleet = %s AND owner = '' AND status = 'running'
"""
_LEAVE = """
WITH gone AS (DELETE FROM virt_reconcile.controllers WHERE fleet = %s AND id = %s RETURNING id)
UPDATE virt_reconcile.runs SET status = 'interrupted', finished = %s
FROM gone WHERE fleet = %s AND owner = gone.id AND status = 'running'
"""
_GIVE = """
UPDATE virt_reconcile.claims AS claim
SET owner = given.asker, token = nextval('virt_reconcile.tokens'), asked_by = NULL
FROM unnest(%s::text[], %s::text[]) AS given (host, asker)
WHERE claim.fleet = %s AND claim.owner = %s AND claim.host = given.host AND claim.asked_by = given.asker
"""
_LIVES = "SELECT FROM virt_reconcile.controllers WHERE fleet = claim.fleet AND id ="
_TAKE = f"""
UPDATE virt_reconcile.claims AS taken
SET owner = %(me)s, token = nextval('virt_reconcile.tokens'), asked_by = nullif(taken.asked_by, %(me)s)
FROM (
    SELECT claim.fleet, claim.host FROM virt_reconcile.claims AS claim
    WHERE claim.fleet = %(fleet)s AND claim.host = ANY (%(hosts)s) AND NOT EXISTS ({_LIVES} claim.owner)
    ORDER BY claim.host LIMIT %(most)s FOR UPDATE SKIP LOCKED) AS free
WHERE taken.fleet = free.fleet AND taken.host = free.host
"""  # noqa: S608
_ASK = f"""
UPDATE virt_reconcile.claims AS claim SET asked_by = %(me)s
WHERE claim.fleet = %(fleet)s AND claim.host = ANY (%(hosts)s) AND claim.owner <> %(me)s
AND NOT EXISTS ({_LIVES} claim.asked_by) RETURNING claim.owner
"""  # noqa: S608
_WAKE = """
INSERT INTO virt_reconcile.claims AS claim (fleet, host, wanted)
SELECT %s, host, 1 FROM unnest(%s::text[]) AS host ORDER BY host
ON CONFLICT (fleet, host) DO UPDATE SET wanted = claim.wanted + 1 RETURNING owner
"""


def enter(connection: OwnConnection, fleet: str, me: str, holder: Holder, ttl: float) -> None:
    """Becomes a controller; Locked, which names the writer, while there is one."""

    def enter_if(connection: Connection) -> Locked | None:
        if not no_writer(connection, fleet):
            return Locked(writer_of(connection, fleet))
        connection.execute("DELETE FROM virt_reconcile.writers WHERE fleet = %s", (fleet,))
        connection.execute(_CLOSE_RUNS, (time.time(), fleet))
        who = (holder.pid, holder.machine, holder.user, holder.command, holder.since)
        connection.execute(_ENTER, (fleet, me, *who, ttl))
        return None

    locked = connection.run(enter_if)
    if locked is not None:
        raise locked


def leave(connection: Connection, fleet: str, me: str) -> None:
    """Is no controller any more."""
    connection.execute(_LEAVE, (fleet, me, time.time(), fleet))
    tell(connection, fleet, EVERYBODY)


def beat(connection: Connection, fleet: str, me: str) -> bool:
    """Says that a controller lives; whether it is one still."""
    query = "UPDATE virt_reconcile.controllers SET beat = beat + 1 WHERE fleet = %s AND id = %s"
    return connection.execute(query, (fleet, me)).rowcount > 0


def make_known(connection: Connection, fleet: str, hosts: Collection[str]) -> None:
    """Hosts that there are to be claimed."""
    connection.execute(
        "INSERT INTO virt_reconcile.claims (fleet, host) SELECT %s, host FROM unnest(%s::text[]) AS host"
        " ORDER BY host ON CONFLICT DO NOTHING",
        (fleet, sorted(set(hosts))),
    )


def mine(connection: Connection, fleet: str, me: str) -> dict[str, str]:
    """A controller's own hosts, and who asks for them."""
    query = "SELECT host, coalesce(asked_by, '') FROM virt_reconcile.claims WHERE fleet = %s AND owner = %s"
    return dict(fetched(connection, query, (fleet, me)))


def tokens(connection: Connection, fleet: str, me: str) -> dict[str, int]:
    """A controller's own hosts, with the tokens that are good for them."""
    query = "SELECT host, token FROM virt_reconcile.claims WHERE fleet = %s AND owner = %s ORDER BY host"
    return dict(fetched(connection, query, (fleet, me)))


def give(connection: Connection, fleet: str, me: str, given: Mapping[str, str]) -> None:
    """Hands hosts over to those who ask for them."""
    if given:
        connection.execute(_GIVE, (list(given), list(given.values()), fleet, me))
        tell(connection, fleet, *given.values())


def drop(connection: Connection, fleet: str, me: str, hosts: Collection[str]) -> None:
    """Lets go of hosts, for anybody to take."""
    if hosts:
        connection.execute(
            "UPDATE virt_reconcile.claims SET owner = NULL"
            " WHERE fleet = %s AND owner = %s AND host = ANY (%s)",
            (fleet, me, list(hosts)),
        )
        tell(connection, fleet, EVERYBODY)


def take(connection: Connection, fleet: str, me: str, hosts: Collection[str], most: int) -> None:
    """Takes so many of these hosts, as far as they are free; who asks for one still does."""
    if hosts and most > 0:
        connection.execute(_TAKE, {"fleet": fleet, "me": me, "hosts": sorted(hosts), "most": most})


def ask(connection: Connection, fleet: str, me: str, hosts: Collection[str]) -> None:
    """Asks the owners of hosts for them, unless somebody else did before."""
    if hosts:
        owners = fetched(connection, _ASK, {"fleet": fleet, "me": me, "hosts": sorted(hosts)})
        tell(connection, fleet, *(owner for (owner,) in owners))


def wake(connection: Connection, fleet: str, hosts: Collection[str]) -> None:
    """Notes that hosts are to be looked at, and tells their owners."""
    owners = fetched(connection, _WAKE, (fleet, sorted(set(hosts))))
    tell(connection, fleet, *(owner for (owner,) in owners if owner))


def woken(connection: Connection, fleet: str, me: str) -> frozenset[str]:
    """The own hosts that are to be looked at since last this was asked."""
    query = (
        "UPDATE virt_reconcile.claims SET done = wanted WHERE fleet = %s AND owner = %s AND wanted > done"
        " RETURNING host"
    )
    return frozenset(host for (host,) in fetched(connection, query, (fleet, me)))
