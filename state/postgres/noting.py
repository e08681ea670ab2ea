"""Writing how a host and its resources stand, in PostgreSQL: what is new, and nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping

from specs.identity import Address
from state import standing_rows as rows
from state.look_memory import look_of
from state.noting import news_of
from state.outbox import Notice
from state.postgres.database import Connection, PostgresPart, fetched, insert
from state.postgres.outbox import put_in, with_keys
from state.standings import Detail, HostStanding, Standing

_TEXT, _NUMBER = "text", "float8"
_TYPES = {"since": _NUMBER, "until": _NUMBER, "rank": "smallint"}
_STANDING = {column: _TYPES.get(column, _TEXT) for column in ("fleet", *rows.WRITTEN.split(", "))}
_DETAIL = dict.fromkeys(("fleet", "address", *rows.DETAIL.split(", ")), _TEXT)
_HOST_COLUMNS = rows.HOST.split(", ")


def _replacing(columns: Collection[str], *key: str) -> str:
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in key)
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"


_PUT_HOST = (
    f"INSERT INTO virt_reconcile.host_standings (fleet, {rows.HOST}, stamp)"  # noqa: S608
    f" VALUES (%s{', %s' * (len(_HOST_COLUMNS) + 1)})"
    f" {_replacing((*_HOST_COLUMNS, 'stamp'), 'fleet', 'host')}"
)
_LOOKED = (
    f"UPDATE virt_reconcile.host_standings SET {', '.join(f'{column} = %s' for column in _HOST_COLUMNS)}"  # noqa: S608
    " WHERE fleet = %s AND host = %s AND stamp = %s RETURNING 1"
)
_COUNT = """
INSERT INTO virt_reconcile.standing_counts
SELECT fleet, host, kind, condition, cause, count(*) FROM virt_reconcile.standings
WHERE fleet = %s AND host = ANY (%s) GROUP BY fleet, host, kind, condition, cause
"""
_OF_A_HOST = ("host_standings", "standings", "standing_counts", "present")


class PostgresNoting(PostgresPart):
    """The writing half of `state.standings.Standings`."""

    def note_standings(
        self,
        host: HostStanding,
        standings: Collection[Standing],
        details: Mapping[Address, Detail],
        present: Collection[str] | None,
        notices: Collection[Notice] = (),
    ) -> list[Standing]:
        """Writes how a host and all of its resources stand; gives what those whose condition changed were."""
        look, keyed, key = look_of(standings, details, present), with_keys(notices), (self.fleet, host.host)
        noted, stamps = self.database.noted, self.database.stamps
        stamp = stamps.get(key, "") if noted.knows("/".join(key), look) else ""
        new_stamp = secrets.token_hex(8)

        def note(connection: Connection) -> tuple[str, list[Standing]]:
            columns, changed, kept = rows.to_host(host), list[Standing](), stamp
            if not kept or not fetched(connection, _LOOKED, (*columns, *key, kept)):
                changed, kept = self._note(connection, host.host, standings, details, present), new_stamp
                connection.execute(_PUT_HOST, (self.fleet, *columns, new_stamp))
            put_in(connection, self.fleet, keyed)
            return kept, changed

        stamps[key], changed = self.transact(note)
        noted.keep("/".join(key), look)
        return changed

    def forget_hosts(self, keep: Collection[str]) -> None:
        """Drops the standings of all hosts but these."""
        query = "SELECT host FROM virt_reconcile.host_standings WHERE fleet = %s AND host <> ALL (%s)"
        gone = [host for (host,) in self.database.rows(query, (self.fleet, list(keep)))]

        def forget(connection: Connection) -> None:
            connection.execute(
                "DELETE FROM virt_reconcile.details AS detail USING virt_reconcile.standings AS standing"
                " WHERE detail.fleet = standing.fleet AND detail.address = standing.address"
                " AND standing.fleet = %s AND standing.host = ANY (%s)",
                (self.fleet, gone),
            )
            for table in _OF_A_HOST:
                connection.execute(
                    f"DELETE FROM virt_reconcile.{table} WHERE fleet = %s AND host = ANY (%s)",  # noqa: S608
                    (self.fleet, gone),
                )

        if gone:
            self.transact(forget)

    def _note(
        self,
        connection: Connection,
        host: str,
        standings: Collection[Standing],
        details: Mapping[Address, Detail],
        present: Collection[str] | None,
    ) -> list[Standing]:
        found = news_of(host, standings, self._former(connection, host, standings))
        gone = [str(was.address) for was in found.gone]
        if found.news or gone:
            self._write(connection, host, found.news, gone, sorted(found.hosts))
        self._write_details(connection, [*(str(each.address) for each in standings), *gone], details)
        if present is not None:
            self._write_present(connection, host, frozenset(present))
        return list(found.before)

    def _former(
        self, connection: Connection, host: str, standings: Collection[Standing]
    ) -> dict[Address, Standing]:
        """The host's own, and those of what came to it from elsewhere."""
        query = (
            f"SELECT {rows.STANDING} FROM virt_reconcile.standings WHERE fleet = %s"  # noqa: S608
            " AND (host = %s OR address = ANY (%s))"
        )
        addresses = [str(standing.address) for standing in standings]
        found = fetched(connection, query, (self.fleet, host, addresses))
        built = self.database.built("standings", found, rows.standing_of)
        return {standing.address: standing for standing in built}

    def _write(
        self,
        connection: Connection,
        host: str,
        news: Collection[Standing],
        gone: Collection[str],
        touched: Collection[str],
    ) -> None:
        connection.execute(
            "DELETE FROM virt_reconcile.standings WHERE fleet = %s AND address = ANY (%s)",
            (self.fleet, list(gone)),
        )
        written = [(self.fleet, *rows.to_standing(new)) for new in news]
        insert(connection, "standings", _STANDING, written, _replacing(_STANDING, "fleet", "address"))
        key = (self.fleet, list(touched))
        connection.execute(
            "DELETE FROM virt_reconcile.standing_counts WHERE fleet = %s AND host = ANY (%s)", key
        )
        connection.execute(_COUNT, key)
        # Who wrote them before has to look anew whether what it remembers is there.
        connection.execute(
            "UPDATE virt_reconcile.host_standings SET stamp = '' WHERE fleet = %s AND host = ANY (%s)", key
        )

    def _write_details(
        self, connection: Connection, about: Collection[str], details: Mapping[Address, Detail]
    ) -> None:
        known = {
            address: tuple(row)
            for address, *row in fetched(
                connection,
                f"SELECT address, {rows.DETAIL} FROM virt_reconcile.details"  # noqa: S608
                " WHERE fleet = %s AND address = ANY (%s)",
                (self.fleet, list(about)),
            )
        }
        wanted = {str(address): rows.to_detail(detail) for address, detail in details.items()}
        wanted = {address: detail for address, detail in wanted.items() if address in about}
        connection.execute(
            "DELETE FROM virt_reconcile.details WHERE fleet = %s AND address = ANY (%s)",
            (self.fleet, list(known.keys() - wanted.keys())),
        )
        news = [(self.fleet, address, *new) for address, new in wanted.items() if known.get(address) != new]
        insert(connection, "details", _DETAIL, news, _replacing(_DETAIL, "fleet", "address"))

    def _write_present(self, connection: Connection, host: str, present: frozenset[str]) -> None:
        values = (self.fleet, host, sorted(present))
        connection.execute(
            "DELETE FROM virt_reconcile.present WHERE fleet = %s AND host = %s AND domain <> ALL (%s)", values
        )
        connection.execute(
            "INSERT INTO virt_reconcile.present SELECT %s, %s, unnest(%s::text[]) ON CONFLICT DO NOTHING",
            values,
        )
