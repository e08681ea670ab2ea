"""Fills under way, in PostgreSQL."""

from __future__ import annotations

from specs.identity import Address
from state import rows
from state.fills import NotedFill
from state.postgres.database import PostgresPart

_NOTE = f"""
INSERT INTO virt_reconcile.fills (fleet, {rows.FILL}) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (fleet, address) DO UPDATE SET nonce = excluded.nonce, run = excluded.run,
    taken = excluded.taken, filled = excluded.filled, content = excluded.content
"""  # noqa: S608


class PostgresFills(PostgresPart):
    """As `state.fills.Fills`."""

    def fills(self) -> dict[Address, NotedFill]:
        """The fills that were begun and not seen to end."""
        query = f"SELECT {rows.FILL} FROM virt_reconcile.fills WHERE fleet = %s"  # noqa: S608
        found = self.database.built("fills", self.database.rows(query, (self.fleet,)), rows.fill_of)
        return {fill.address: fill for fill in found}

    def note_fill(self, fill: NotedFill) -> None:
        """Notes a fill, or how far it is."""
        values = (
            self.fleet,
            str(fill.address),
            fill.nonce,
            fill.run,
            ",".join(fill.taken),
            int(fill.filled),
            fill.content,
        )
        self.transact(lambda connection: connection.execute(_NOTE, values))

    def drop_fill(self, address: Address) -> None:
        """Forgets a fill of which nothing is left on the host."""
        self.transact(
            lambda connection: connection.execute(
                "DELETE FROM virt_reconcile.fills WHERE fleet = %s AND address = %s",
                (self.fleet, str(address)),
            )
        )
