"""Fills under way, in SQLite."""

from __future__ import annotations

from specs.identity import Address
from state import rows
from state.fills import NotedFill
from state.sqlite.database import Part


class SqliteFills(Part):
    """As `state.fills.Fills`."""

    def fills(self) -> dict[Address, NotedFill]:
        """The fills that were begun and not seen to end."""
        found = self.database.built(
            "fills",
            self.database.rows(f"SELECT {rows.FILL} FROM fills WHERE fleet = ?", (self.fleet,)),  # noqa: S608
            rows.fill_of,
        )
        return {fill.address: fill for fill in found}

    def note_fill(self, fill: NotedFill) -> None:
        """Notes a fill, or how far it is."""
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO fills VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    self.fleet,
                    str(fill.address),
                    fill.nonce,
                    fill.run,
                    ",".join(fill.taken),
                    fill.filled,
                    fill.content,
                ),
            )

    def drop_fill(self, address: Address) -> None:
        """Forgets a fill of which nothing is left on the host."""
        with self.database.transaction() as connection:
            connection.execute(
                "DELETE FROM fills WHERE fleet = ? AND address = ?", (self.fleet, str(address))
            )
