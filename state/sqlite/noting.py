"""Writing how a host and its resources stand, in SQLite: what is new, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping

from specs.identity import Address
from state import standing_rows as rows
from state.look_memory import LookMemory, look_of
from state.noting import StandingNews, news_of
from state.outbox import Notice
from state.sqlite.database import Database, Part
from state.sqlite.outbox import put_in
from state.standings import Detail, HostStanding, Standing

_COUNTED = """
INSERT INTO standing_counts
SELECT fleet, host, kind, condition, cause, count(*) FROM standings
WHERE fleet = ? AND host = ? GROUP BY kind, condition, cause
"""
_OF_A_HOST = ("host_standings", "standing_counts", "present")


class SqliteNoting(Part):
    """The writing half of `state.standings.Standings`."""

    def __init__(self, database: Database, fleet: str) -> None:
        super().__init__(database, fleet)
        self._noted = LookMemory()

    def note_standings(
        self,
        host: HostStanding,
        standings: Collection[Standing],
        details: Mapping[Address, Detail],
        present: Collection[str] | None,
        notices: Collection[Notice] = (),
    ) -> list[Standing]:
        """Writes how a host and all of its resources stand; gives what those whose condition changed were."""
        look = look_of(standings, details, present)
        try:
            with self.database.transaction() as connection:
                changed: list[Standing] = []
                self._noted.hold(self.database.lease)
                if not self._noted.knows(host.host, look):
                    changed = self._note(connection, host.host, standings, details, present)
                connection.execute(
                    f"INSERT OR REPLACE INTO host_standings (fleet, {rows.HOST})"  # noqa: S608
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (self.fleet, *rows.to_host(host)),
                )
                put_in(connection, self.fleet, notices)
                self._noted.keep(host.host, look)
                return changed
        except BaseException:
            self._noted.drop([host.host])
            raise

    def _note(
        self,
        connection: sqlite3.Connection,
        host: str,
        standings: Collection[Standing],
        details: Mapping[Address, Detail],
        present: Collection[str] | None,
    ) -> list[Standing]:
        found = news_of(host, standings, self._former(connection, host, standings))
        self._noted.drop(found.hosts)
        self._write(connection, found)
        given = {standing.address for standing in standings}
        self._write_details(connection, given, details, [was.address for was in found.gone])
        if present is not None:
            self._write_present(connection, host, frozenset(present))
        return list(found.before)

    def forget_hosts(self, keep: Collection[str]) -> None:
        """Drops the standings of all hosts but these."""
        known = self.database.rows("SELECT host FROM host_standings WHERE fleet = ?", (self.fleet,))
        gone = sorted({host for (host,) in known} - set(keep))
        if not gone:
            return
        with self.database.transaction() as connection:
            self._noted.drop(gone)
            for host in gone:
                connection.execute(
                    "DELETE FROM details WHERE fleet = ? AND address IN"
                    " (SELECT address FROM standings WHERE fleet = ? AND host = ?)",
                    (self.fleet, self.fleet, host),
                )
                for table in ("standings", *_OF_A_HOST):
                    connection.execute(
                        f"DELETE FROM {table} WHERE fleet = ? AND host = ?",  # noqa: S608
                        (self.fleet, host),
                    )

    def _former(
        self, connection: sqlite3.Connection, host: str, standings: Collection[Standing]
    ) -> dict[Address, Standing]:
        """The host's own, and those of what came to it from elsewhere."""
        query = f"SELECT {rows.STANDING} FROM standings WHERE fleet = ?"  # noqa: S608
        found = connection.execute(f"{query} AND host = ?", (self.fleet, host)).fetchall()
        known = {row[0] for row in found}
        for address in (str(standing.address) for standing in standings):
            if address not in known:
                found += connection.execute(f"{query} AND address = ?", (self.fleet, address)).fetchall()
        built = self.database.built("standings", found, rows.standing_of)
        return {standing.address: standing for standing in built}

    def _write(self, connection: sqlite3.Connection, found: StandingNews) -> None:
        if not found.news and not found.gone:
            return
        connection.executemany(
            "DELETE FROM standings WHERE fleet = ? AND address = ?",
            [(self.fleet, str(was.address)) for was in found.gone],
        )
        connection.executemany(
            f"INSERT OR REPLACE INTO standings (fleet, {rows.WRITTEN})"  # noqa: S608
            f" VALUES (?{', ?' * (rows.WRITTEN.count(',') + 1)})",
            [(self.fleet, *rows.to_standing(new)) for new in found.news],
        )
        for counted in found.hosts:
            key = (self.fleet, counted)
            connection.execute("DELETE FROM standing_counts WHERE fleet = ? AND host = ?", key)
            connection.execute(_COUNTED, key)

    def _write_details(
        self,
        connection: sqlite3.Connection,
        given: Collection[Address],
        details: Mapping[Address, Detail],
        gone: Collection[Address],
    ) -> None:
        wanted = {str(address): rows.to_detail(details[address]) for address in given if address in details}
        known = {
            row[0]: tuple(row[1:])
            for row in self.rows_of(f"SELECT address, {rows.DETAIL} FROM details", "address", (*given, *gone))  # noqa: S608
        }
        connection.executemany(
            "DELETE FROM details WHERE fleet = ? AND address = ?",
            [(self.fleet, address) for address in known.keys() - wanted.keys()],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO details VALUES (?, ?, ?, ?, ?)",
            [(self.fleet, address, *new) for address, new in wanted.items() if known.get(address) != new],
        )

    def _write_present(self, connection: sqlite3.Connection, host: str, present: frozenset[str]) -> None:
        found = connection.execute(
            "SELECT domain FROM present WHERE fleet = ? AND host = ?", (self.fleet, host)
        ).fetchall()
        known = {domain for (domain,) in found}
        connection.executemany(
            "DELETE FROM present WHERE fleet = ? AND host = ? AND domain = ?",
            [(self.fleet, host, domain) for domain in known - present],
        )
        connection.executemany(
            "INSERT INTO present VALUES (?, ?, ?)", [(self.fleet, host, domain) for domain in present - known]
        )
