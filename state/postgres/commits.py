"""What became of commits, in PostgreSQL."""

from __future__ import annotations

import json

from state import service_rows as rows
from state.commits import CommitNote, CommitStatus
from state.postgres.database import Connection, PostgresPart

_KEPT = 200
_KNOWN = """
SELECT 1 FROM virt_reconcile.commits
WHERE (fleet, id, status, title, author, source, problems) = (%s, %s, %s, %s, %s, %s, %s)
"""
_NOTE = """
INSERT INTO virt_reconcile.commits (fleet, id, status, title, author, source, problems, seen)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (fleet, id) DO UPDATE SET status = excluded.status, title = excluded.title,
    author = excluded.author, source = excluded.source, problems = excluded.problems
"""
_NEWEST = "SELECT id FROM virt_reconcile.commits WHERE fleet = %s ORDER BY seen DESC, place DESC LIMIT %s"


class PostgresCommits(PostgresPart):
    """As `state.commits.Commits`."""

    def note_commit(self, note: CommitNote) -> None:
        """Writes what is known of a commit, in place of what was."""
        values = (
            self.fleet,
            note.commit,
            note.status,
            note.title,
            note.author,
            note.source,
            json.dumps(note.problems),
        )

        def write(connection: Connection) -> None:
            if note.status is CommitStatus.IN_FORCE:
                connection.execute(
                    "UPDATE virt_reconcile.commits SET status = 'past'"
                    " WHERE fleet = %s AND status = 'in-force' AND id <> %s",
                    (self.fleet, note.commit),
                )
            connection.execute(_NOTE, (*values, note.seen))
            connection.execute(
                "DELETE FROM virt_reconcile.commits"  # noqa: S608
                f" WHERE fleet = %s AND status <> 'in-force' AND id NOT IN ({_NEWEST})",
                (self.fleet, self.fleet, _KEPT),
            )

        if not self.database.rows(_KNOWN, values):
            self.database.transact(write)

    def commits(self, limit: int = 50) -> list[CommitNote]:
        """The commits that were seen last, newest first, and the one in force."""
        found = self.database.rows(
            f"SELECT {rows.COMMIT} FROM virt_reconcile.commits WHERE fleet = %s"  # noqa: S608
            f" AND (status = 'in-force' OR id IN ({_NEWEST})) ORDER BY seen DESC, place DESC",
            (self.fleet, self.fleet, limit),
        )
        return self.database.built("commits", found, rows.note_of)
