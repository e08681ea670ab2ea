"""What became of commits, in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Collection

from state import service_rows as rows
from state.commits import CommitNote, CommitStatus
from state.outbox import Notice
from state.postgres.database import Connection, PostgresPart
from state.postgres.outbox import put_in, with_keys

_KEPT = 200
_KNOWN = """
SELECT 1 FROM virt_reconcile.commits
WHERE (fleet, id, status, title, author, source, problems) = (%s, %s, %s, %s, %s, %s, %s)
"""
_PUT = """
INSERT INTO virt_reconcile.commits (fleet, id, status, title, author, source, problems, seen)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
# Of two that write the same status at once, the second waits for the first, and then changes nothing.
_NEW_STATUS = f"""{_PUT}
ON CONFLICT (fleet, id) DO UPDATE SET status = excluded.status
WHERE virt_reconcile.commits.status <> excluded.status
"""
_NOTE = f"""{_PUT}
ON CONFLICT (fleet, id) DO UPDATE SET title = excluded.title,
    author = excluded.author, source = excluded.source, problems = excluded.problems
"""
_NEWEST = "SELECT id FROM virt_reconcile.commits WHERE fleet = %s ORDER BY seen DESC, place DESC LIMIT %s"


class PostgresCommits(PostgresPart):
    """As `state.commits.Commits`."""

    def note_commit(self, note: CommitNote, notices: Collection[Notice] = ()) -> None:
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

        keyed = with_keys(notices)

        def write(connection: Connection) -> None:
            if note.status is CommitStatus.IN_FORCE:
                connection.execute(
                    "UPDATE virt_reconcile.commits SET status = 'past'"
                    " WHERE fleet = %s AND status = 'in-force' AND id <> %s",
                    (self.fleet, note.commit),
                )
            if connection.execute(_NEW_STATUS, (*values, note.seen)).rowcount:
                put_in(connection, self.fleet, keyed)
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
