"""What becomes of claims when another PostgreSQL takes over: they are all dropped.

A standby that takes over may lack what was committed last: hosts that changed hands, tokens that were
given. So nobody has a host until a time to live has passed, in which nothing new is begun, and tokens go on
far beyond all that may have been given. The same holds for a dump that was restored elsewhere.

A standby that takes over begins a new timeline. It is read off the name of the file that the log is written
to: `timeline_id` of pg_control_checkpoint() only tells of it after the next checkpoint, minutes later.
"""

from __future__ import annotations

from state.postgres.database import Connection, fetched

_ASKED = "SELECT valid, virt_reconcile.timeline() FROM virt_reconcile.timelines"
_SETTLE = """
WITH settled AS (
    UPDATE virt_reconcile.timelines SET valid = %(now)s WHERE valid = %(before)s RETURNING valid),
numbered AS (UPDATE virt_reconcile.numbering SET base = base + %(gap)s FROM settled),
freed AS (UPDATE virt_reconcile.claims SET owner = NULL, asked_by = NULL FROM settled WHERE owner IS NOT NULL)
SELECT setval('virt_reconcile.tokens', nextval('virt_reconcile.tokens') + %(gap)s) FROM settled
"""
_GAP = 1_000_000


class Settling:
    """Waits for as long as claims may still be believed in by others."""

    def __init__(self, ttl: float) -> None:
        self._ttl = ttl
        self._seen: tuple[str, float] = ("", 0.0)

    def is_over(self, connection: Connection, now: float) -> bool:
        """Whether claims are good. When they are not, for the time to live since this was first seen, they
        begin anew."""
        before, timeline = fetched(connection, _ASKED)[0]
        if before == timeline:
            return True
        if self._seen[0] != timeline:
            self._seen = (timeline, now)
        if now - self._seen[1] >= self._ttl:
            connection.execute(_SETTLE, {"before": before, "now": timeline, "gap": _GAP})
        return False
