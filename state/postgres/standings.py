"""How the resources stand, in PostgreSQL: what is read of them. Writing is in `state.postgres.noting`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from specs.identity import Address
from state import standing_rows as rows
from state.postgres.noting import PostgresNoting
from state.standings import Condition, Detail, HostStanding, Standing


class PostgresStandings(PostgresNoting):
    """As `state.standings.Standings`."""

    def host_standings(self) -> dict[str, HostStanding]:
        """All hosts."""
        query = f"SELECT {rows.HOST} FROM virt_reconcile.host_standings WHERE fleet = %s"  # noqa: S608
        found = self.database.rows(query, (self.fleet,))
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
        where, values = ["fleet = %s"], list[object]([self.fleet])
        for condition, value in (
            ("rank = ANY (%s)", [rows.RANKS[condition] for condition in conditions]),
            ("host = ANY (%s)", list(hosts)),
            ("kind = %s", kind),
            ("strpos(words, %s) > 0", rows.searched(text)),
        ):
            if value:
                where.append(condition)
                values.append(value)
        found = self.database.rows(
            f"SELECT {rows.STANDING} FROM virt_reconcile.standings WHERE {' AND '.join(where)}"  # noqa: S608
            " ORDER BY rank, address LIMIT %s OFFSET %s",
            (*values, limit, offset),
        )
        return self.database.built("standings", found, rows.standing_of)

    def standing(self, address: Address) -> tuple[Standing, Detail] | None:
        """One of them, with its detail."""
        query = f"SELECT {rows.STANDING} FROM virt_reconcile.standings"  # noqa: S608
        found = self.rows_of(query, "address", [address])
        if not found:
            return None
        details = self.rows_of(f"SELECT {rows.DETAIL} FROM virt_reconcile.details", "address", [address])  # noqa: S608
        (standing,) = self.database.built("standings", found, rows.standing_of)
        detail = self.database.built("details", details, rows.detail_of)
        return standing, next(iter(detail), Detail())

    def standing_counts(self, text: str = "") -> dict[tuple[str, str, str, str], int]:
        """How many there are by (host, kind, condition, cause)."""
        query, values = "number FROM virt_reconcile.standing_counts WHERE fleet = %s", [self.fleet]
        if text:
            query = (
                "count(*) FROM virt_reconcile.standings WHERE fleet = %s AND strpos(words, %s) > 0"
                " GROUP BY host, kind, condition, cause"
            )
            values.append(rows.searched(text))
        found = self.database.rows(f"SELECT host, kind, condition, cause, {query}", values)
        return {(host, kind, condition, cause): number for host, kind, condition, cause, number in found}

    def standings_map(self) -> list[tuple[str, str, str]]:
        """(host, address, condition) of every Domain, by host and address."""
        found = self.database.rows(
            "SELECT host, address, condition FROM virt_reconcile.standings"
            " WHERE fleet = %s AND kind = 'Domain' ORDER BY host, address",
            (self.fleet,),
        )
        return [(host, address, condition) for host, address, condition in found]

    def holders(self, domains: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The hosts on which domains of these names were last seen, whoever's they are."""
        holders = defaultdict(list)
        for domain, host in self.rows_of(
            "SELECT domain, host FROM virt_reconcile.present", "domain", domains
        ):
            holders[domain].append(host)
        return {domain: tuple(sorted(hosts)) for domain, hosts in holders.items()}
