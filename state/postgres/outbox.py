"""Notices on their way, in PostgreSQL: a letter a row, with the notice that it carries."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence

from state import service_rows as rows
from state.outbox import Letter, Notice
from state.postgres.database import Connection, PostgresPart
from state.rows import as_text

_TEXTS = ("kind", "subject", "text", "host", "commit_id", "former", "latter", "key")
_PUT_IN = f"""
INSERT INTO virt_reconcile.letters (fleet, receiver, at, {", ".join(_TEXTS)})
SELECT %s, name, notice.at, {", ".join(f"notice.{column}" for column in _TEXTS)}
FROM unnest(%s::float8[]{", %s::text[]" * len(_TEXTS)})
    WITH ORDINALITY AS notice (at, {", ".join(_TEXTS)}, place), virt_reconcile.receivers
WHERE receivers.fleet = %s ORDER BY notice.place, name
ON CONFLICT (key, receiver) DO NOTHING
"""  # noqa: S608
# What another controller is about to send is left to it.
_DUE = """
SELECT id FROM virt_reconcile.letters WHERE fleet = %s AND due <= %s AND %s IN ('', receiver)
ORDER BY id LIMIT %s
FOR UPDATE SKIP LOCKED
"""


class PostgresOutbox(PostgresPart):
    """As `state.outbox.Outbox`."""

    def post(self, notices: Sequence[Notice]) -> None:
        """Puts notices in, for every receiver that there is."""
        if notices:
            keyed = with_keys(notices)
            self.database.transact(lambda connection: put_in(connection, self.fleet, keyed))

    def receivers(self, names: Sequence[str]) -> None:
        """Who gets what is posted from now on; letters to others that are under way are dropped."""
        known = self.database.rows(
            "SELECT name FROM virt_reconcile.receivers WHERE fleet = %s", (self.fleet,)
        )
        if {name for (name,) in known} == set(names):
            return
        values = (self.fleet, list(names))

        def write(connection: Connection) -> None:
            connection.execute(
                "INSERT INTO virt_reconcile.receivers SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING",
                values,
            )
            for table, column in (("receivers", "name"), ("letters", "receiver")):
                connection.execute(
                    f"DELETE FROM virt_reconcile.{table} WHERE fleet = %s AND {column} <> ALL (%s)",  # noqa: S608
                    values,
                )

        self.database.transact(write)

    def letters(self, now: float, hold: float, limit: int = 20, to: str = "") -> list[Letter]:
        """Letters that are due, oldest first, and nobody else's for a while."""
        if not self.database.rows(
            "SELECT 1 FROM virt_reconcile.letters WHERE fleet = %s AND due <= %s AND %s IN ('', receiver)"
            " LIMIT 1",
            (self.fleet, now, to),
        ):
            return []
        found = self.database.transact(
            lambda connection: connection.execute(
                f"UPDATE virt_reconcile.letters SET due = %s WHERE id IN ({_DUE}) RETURNING {rows.LETTER}",  # noqa: S608
                (now + hold, self.fleet, now, to, limit),
            ).fetchall()
        )
        return self.database.built("letters", sorted(found), rows.letter_of)

    def sent(self, letter: int) -> None:
        """It has arrived, and is gone from here."""
        query = "DELETE FROM virt_reconcile.letters WHERE fleet = %s AND id = %s"
        self.database.transact(lambda connection: connection.execute(query, (self.fleet, letter)))

    def not_sent(self, letter: int, again: float, why: str) -> None:
        """It has not, and is due again at that time."""
        query = (
            "UPDATE virt_reconcile.letters SET attempts = attempts + 1, due = %s, why = %s"
            " WHERE fleet = %s AND id = %s"
        )
        self.database.transact(lambda connection: connection.execute(query, (again, why, self.fleet, letter)))

    def undelivered(self) -> list[tuple[Letter, str]]:
        """Letters that were tried and have not arrived, and why."""
        found = self.database.rows(
            f"SELECT {rows.LETTER}, why FROM virt_reconcile.letters WHERE fleet = %s AND attempts > 0"  # noqa: S608
            " ORDER BY id",
            (self.fleet,),
        )
        return self.database.built("letters", found, lambda row: (rows.letter_of(row[:-1]), as_text(row[-1])))


def with_keys(notices: Collection[Notice]) -> list[tuple[Notice, str]]:
    """Each with a key of its own, so that it is put in once, however often that is tried."""
    return [(notice, secrets.token_hex(16)) for notice in notices]


def put_in(connection: Connection, fleet: str, notices: Collection[tuple[Notice, str]]) -> None:
    """Puts notices in, within the caller's transaction."""
    if notices:
        lines = [
            (n.at, n.kind, n.subject, n.text, n.host, n.commit, n.before, n.after, key) for n, key in notices
        ]
        connection.execute(_PUT_IN, (fleet, *map(list, zip(*lines, strict=True)), fleet))
