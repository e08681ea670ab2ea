"""Notices on their way, in SQLite: a letter a row, with the notice that it carries."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from state import service_rows as rows
from state.outbox import Letter, Notice
from state.rows import as_text
from state.sqlite.database import Part


class SqliteOutbox(Part):
    """As `state.outbox.Outbox`."""

    def post(self, notices: Sequence[Notice]) -> None:
        """Puts notices in, for every receiver that there is."""
        if notices:
            with self.database.transaction() as connection:
                put_in(connection, self.fleet, notices)

    def receivers(self, names: Sequence[str]) -> None:
        """Who gets what is posted from now on; letters to others that are under way are dropped."""
        known = self.database.rows("SELECT name FROM receivers WHERE fleet = ?", (self.fleet,))
        gone = {name for (name,) in known} - set(names)
        new = set(names) - {name for (name,) in known}
        if not gone and not new:
            return
        with self.database.transaction() as connection:
            connection.executemany(
                "INSERT INTO receivers VALUES (?, ?)", [(self.fleet, name) for name in new]
            )
            for table, column in (("receivers", "name"), ("letters", "receiver")):
                connection.executemany(
                    f"DELETE FROM {table} WHERE fleet = ? AND {column} = ?",  # noqa: S608
                    [(self.fleet, name) for name in gone],
                )

    def letters(self, now: float, hold: float, limit: int = 20, to: str = "") -> list[Letter]:
        """Letters that are due, oldest first, and nobody else's for a while."""
        due = ("FROM letters WHERE fleet = ? AND due <= ? AND ? IN ('', receiver)", (self.fleet, now, to))
        if not self.database.rows(f"SELECT 1 {due[0]} LIMIT 1", due[1]):
            return []
        with self.database.transaction() as connection:
            found = connection.execute(
                f"SELECT {rows.LETTER} {due[0]} ORDER BY id LIMIT ?",
                (*due[1], limit),
            ).fetchall()
            connection.executemany(
                "UPDATE letters SET due = ? WHERE id = ?", [(now + hold, row[0]) for row in found]
            )
        return self.database.built("letters", found, rows.letter_of)

    def sent(self, letter: int) -> None:
        """It has arrived, and is gone from here."""
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM letters WHERE fleet = ? AND id = ?", (self.fleet, letter))

    def not_sent(self, letter: int, again: float, why: str) -> None:
        """It has not, and is due again at that time."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE letters SET attempts = attempts + 1, due = ?, why = ? WHERE fleet = ? AND id = ?",
                (again, why, self.fleet, letter),
            )

    def undelivered(self) -> list[tuple[Letter, str]]:
        """Letters that were tried and have not arrived, and why."""
        found = self.database.rows(
            f"SELECT {rows.LETTER}, why FROM letters WHERE fleet = ? AND attempts > 0 ORDER BY id",  # noqa: S608
            (self.fleet,),
        )
        return self.database.built("letters", found, lambda row: (rows.letter_of(row[:-1]), as_text(row[-1])))


def put_in(connection: sqlite3.Connection, fleet: str, notices: Collection[Notice]) -> None:
    """Puts notices in, within the caller's transaction."""
    names = connection.execute(
        "SELECT name FROM receivers WHERE fleet = ? ORDER BY name", (fleet,)
    ).fetchall()
    connection.executemany(
        "INSERT INTO letters (fleet, kind, subject, text, at, host, commit_id, former, latter, receiver)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (fleet, n.kind, n.subject, n.text, n.at, n.host, n.commit, n.before, n.after, name)
            for n in notices
            for (name,) in names
        ],
    )
