"""Writing how a host and its resources stand, in SQLite: what is new, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from specs.identity import Address
from state import standing_rows as rows
from state.look_memory import LookMemory, look_of
from state.outbox import Notice
from state.sqlite.database import Database, Part
from state.sqlite.outbox import put_in
from state.standings import Condition, Detail, HostStanding, Standing

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
        former = self._former(connection, host, standings)
        news = [_since(standing, former.get(standing.address)) for standing in standings]
        news = [standing for standing in news if standing != former.get(standing.address)]
        given = {standing.address for standing in standings}
        gone = [was for address, was in former.items() if address not in given]
        touched = {was.host for was in former.values()}
        self._noted.drop({host, *touched})
        self._write(connection, host, news, gone, touched)
        self._write_details(connection, given, details, [was.address for was in gone])
        if present is not None:
            self._write_present(connection, host, frozenset(present))
        return [
            former.get(new.address) or Standing(new.address, new.host, Condition.CONVERGED)
            for new in news
            if new.address not in former or former[new.address].condition is not new.condition
        ]

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

    def _write(
        self,
        connection: sqlite3.Connection,
        host: str,
        news: Collection[Standing],
        gone: Collection[Standing],
        touched: Iterable[str],
    ) -> None:
        if not news and not gone:
            return
        connection.executemany(
            "DELETE FROM standings WHERE fleet = ? AND address = ?",
            [(self.fleet, str(was.address)) for was in gone],
        )
        connection.executemany(
            f"INSERT OR REPLACE INTO standings (fleet, {rows.WRITTEN})"  # noqa: S608
            f" VALUES (?{', ?' * (rows.WRITTEN.count(',') + 1)})",
            [(self.fleet, *rows.to_standing(new)) for new in news],
        )
        for counted in {host, *touched, *(new.host for new in news)}:
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


def _since(standing: Standing, former: Standing | None) -> Standing:
    """With the time at which it came to its condition."""
    if former is None or former.condition is not standing.condition:
        return standing
    return replace(standing, since=former.since)
