"""Claims on hosts, in PostgreSQL: who may be a controller, who they are, and what they are told of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from state.claims import TTL, Controller
from state.postgres import handing
from state.postgres.beats import Beat, boottime
from state.postgres.holder import this_process
from state.postgres.leases import PostgresLeases
from state.postgres.membership import PostgresMembership

_CONTROLLERS = """
SELECT id, beat, ttl, machine, pid, since,
    ARRAY (SELECT host FROM virt_reconcile.claims WHERE fleet = controller.fleet AND owner = controller.id)
FROM virt_reconcile.controllers AS controller WHERE fleet = %s ORDER BY id
"""


class PostgresClaims(PostgresLeases):
    """As `state.claims.Claims`."""

    @contextmanager
    def join(self, command: str, ttl: float = TTL) -> Iterator[PostgresMembership]:
        """A controller's membership while the block runs."""
        holder = this_process(command)
        member = PostgresMembership(self.database.place, self.fleet, self.controllers, holder, ttl, boottime)
        try:
            member.enter()
            self.database.member = member
            yield member
        finally:
            self.database.member = None
            member.leave()

    def controllers(self) -> list[Controller]:
        """All controllers that live, by id."""
        found = self.database.rows(_CONTROLLERS, (self.fleet,))
        dead = self.database.dead([Beat(*row[:3]) for row in found])
        return [
            Controller(name, machine, pid, since, tuple(sorted(hosts)))
            for name, _, _, machine, pid, since, hosts in found
            if name not in dead
        ]

    def wake(self, hosts: Collection[str]) -> None:
        """Tells the owners of hosts that there is something to look at."""
        if hosts:
            self.database.transact(lambda connection: handing.wake(connection, self.fleet, hosts))
