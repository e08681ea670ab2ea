"""How the resources stand, in SQLite: what is read of them. Writing is in `state.sqlite.noting`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping

from specs.identity import Address
from state import standing_rows as rows
from state.rows import as_text
from state.sqlite.noting import SqliteNoting
from state.standings import Condition, Detail, HostStanding, Standing

_FEW = 200


class SqliteStandings(SqliteNoting):
    """As `state.standings.Standings`."""

    def host_standings(self) -> dict[str, HostStanding]:
        """All hosts."""
        found = self.database.rows(
            f"SELECT {rows.HOST} FROM host_standings WHERE fleet = ?",  # noqa: S608
            (self.fleet,),
        )
        hosts = self.database.built("host_standings", found, rows.host_of)
        return {host.host: host for host in hosts}

    def standings(
        self,
        *,
        conditions: Collection[Condition] = (),
        hosts: Collection[str] = (),
        kind: str = "",
        text: str = "",
        limit: int = 100,
        offset: int = 0,
    ) -> list[Standing]:
        """A page of the standings, worst condition first, then by address."""
        where, values = "fleet = ?", [self.fleet]
        # Of a few hosts, the page is found by host and sorted; of all, it is read off in its order.
        order = "+rank, address" if 0 < len(hosts) <= _FEW else "rank, address"
        if conditions:
            where += f" AND rank IN ({','.join(str(rows.RANKS[condition]) for condition in conditions)})"
        if hosts:
            where += " AND host IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(list(hosts)))
        if kind:
            where += " AND kind = ?"
            values.append(kind)
        if text:
            where += " AND instr(words, ?)"
            values.append(rows.searched(text))
        found = self.database.rows(
            f"SELECT {rows.STANDING} FROM standings WHERE {where}"  # noqa: S608
            f" ORDER BY {order} LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return self.database.built("standings", found, rows.standing_of)

    def standing(self, address: Address) -> tuple[Standing, Detail] | None:
        """One of them, with its detail."""
        key = (self.fleet, str(address))
        found = self.database.rows(
            f"SELECT {rows.STANDING} FROM standings WHERE fleet = ? AND address = ?",  # noqa: S608
            key,
        )
        if not found:
            return None
        details = self.database.rows(
            f"SELECT {rows.DETAIL} FROM details WHERE fleet = ? AND address = ?",  # noqa: S608
            key,
        )
        (standing,) = self.database.built("standings", found, rows.standing_of)
        detail = self.database.built("details", details, rows.detail_of)
        return standing, next(iter(detail), Detail())

    def standing_counts(self, text: str = "") -> dict[tuple[str, str, str, str], int]:
        """How many there are by (host, kind, condition, cause)."""
        found = self.database.rows(*(self._found_counts(text) if text else self._kept_counts()))
        return {(host, kind, condition, cause): number for host, kind, condition, cause, number in found}

    def _kept_counts(self) -> tuple[str, tuple[str, ...]]:
        query = "SELECT host, kind, condition, cause, number FROM standing_counts WHERE fleet = ?"
        return query, (self.fleet,)

    def _found_counts(self, text: str) -> tuple[str, tuple[str, ...]]:
        query = (
            "SELECT host, kind, condition, cause, count(*) FROM standings"
            " WHERE fleet = ? AND instr(words, ?) GROUP BY host, kind, condition, cause"
        )
        return query, (self.fleet, rows.searched(text))

    def standings_map(self) -> list[tuple[str, str, str]]:
        """(host, address, condition) of every Domain, by host and address."""
        return [
            (host, address, condition)
            for host, address, condition in self.database.rows(
                "SELECT host, address, condition FROM standings WHERE fleet = ? AND kind = 'Domain'"
                " ORDER BY host, address",
                (self.fleet,),
            )
        ]

    def holders(self, domains: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The hosts on which domains of these names were last seen, whoever's they are."""
        holders = defaultdict(list)
        for domain, host in self.rows_of("SELECT domain, host FROM present", "domain", domains):
            holders[as_text(domain)].append(as_text(host))
        return {domain: tuple(sorted(hosts)) for domain, hosts in holders.items()}
