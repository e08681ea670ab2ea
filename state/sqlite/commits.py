"""What became of commits, in SQLite."""

from __future__ import annotations

import json
from collections.abc import Collection

from state import service_rows as rows
from state.commits import CommitNote, CommitStatus
from state.outbox import Notice
from state.sqlite.database import Part
from state.sqlite.outbox import put_in

_KEPT = 200
_DROP_OLD = """
DELETE FROM commits WHERE fleet = :fleet AND status <> 'in-force' AND id NOT IN (
    SELECT id FROM commits WHERE fleet = :fleet ORDER BY seen DESC, rowid DESC LIMIT :kept)
"""


class SqliteCommits(Part):
    """As `state.commits.Commits`."""

    def note_commit(self, note: CommitNote, notices: Collection[Notice] = ()) -> None:
        """Writes what is known of a commit, in place of what was."""
        values = (note.status, note.title, note.author, note.source, json.dumps(note.problems))
        if self.database.rows(
            "SELECT 1 FROM commits WHERE (fleet, id, status, title, author, source, problems)"
            " = (?, ?, ?, ?, ?, ?, ?)",
            (self.fleet, note.commit, *values),
        ):
            return
        with self.database.transaction() as connection:
            known = connection.execute(
                "SELECT status FROM commits WHERE fleet = ? AND id = ?", (self.fleet, note.commit)
            ).fetchone()
            if known != (note.status,):
                put_in(connection, self.fleet, notices)
            if note.status is CommitStatus.IN_FORCE:
                connection.execute(
                    "UPDATE commits SET status = 'past' WHERE fleet = ? AND status = 'in-force'",
                    (self.fleet,),
                )
            connection.execute(
                "INSERT INTO commits (fleet, id, status, title, author, source, problems, seen)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (fleet, id) DO UPDATE SET status = excluded.status, title = excluded.title,"
                " author = excluded.author, source = excluded.source, problems = excluded.problems",
                (self.fleet, note.commit, *values, note.seen),
            )
            connection.execute(_DROP_OLD, {"fleet": self.fleet, "kept": _KEPT})

    def commits(self, limit: int = 50) -> list[CommitNote]:
        """The commits that were seen last, newest first, and the one in force."""
        order = "ORDER BY seen DESC, rowid DESC"
        found = self.database.rows(
            f"SELECT {rows.COMMIT} FROM commits WHERE fleet = :fleet AND (status = 'in-force' OR id IN"  # noqa: S608
            f" (SELECT id FROM commits WHERE fleet = :fleet {order} LIMIT :limit)) {order}",
            {"fleet": self.fleet, "limit": limit},
        )
        return self.database.built("commits", found, rows.note_of)
