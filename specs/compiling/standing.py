"""Where things stand: every document at its place, and what is to be found from there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from specs.compiling.work import Load
from specs.desired import DeclaredHost
from specs.diagnostics import Problem
from specs.entries import Entry
from specs.identity import Address, Kind
from specs.models.storage import StoragePool


@dataclass(frozen=True, slots=True)
class Site:
    """One document on one host; '' while a domain has yet to be placed.

    `candidates` are the hosts that it may come to be on, for what placement moves. A volume `follows` a
    domain from host to host, or it is `shared`. `many` documents stand on several hosts alike.
    """

    entry: Entry
    host: str
    candidates: tuple[str, ...] = ()
    follows: Address | None = None
    shared: bool = False
    many: bool = False

    @property
    def seen_from(self) -> str:
        """A host that it is or may be on: its document is the same on all of them."""
        return self.host or self.candidates[0]


@dataclass(slots=True)
class Ground:
    """All sites by address, and which hosts have what."""

    declared_hosts: Mapping[str, DeclaredHost]
    sites: dict[Address, Site] = field(default_factory=dict)
    hosts: defaultdict[tuple[Kind, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """The hosts of a kind, a name and a volume's pool."""

    shared: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The hosts of a shared pool, by its name."""

    _asked: dict[str, str] = field(default_factory=dict)
    _lacking: dict[tuple[Kind, str, str, tuple[str, ...]], tuple[str, ...]] = field(default_factory=dict)

    def add(self, address: Address, site: Site, work: Load) -> None:
        """Puts a document somewhere; two of one identity are a problem."""
        if address in self.sites:
            work.problems.append(_twice(address, self.sites[address], site))
            return
        self.sites[address] = site
        known = self.hosts[address.kind, address.name, address.pool]
        known.update(site.candidates or (site.host,))
        if site.shared:
            known.update(self.shared[address.pool])
        if isinstance(site.entry.model, StoragePool) and site.entry.model.spec.shared:
            self.shared[address.name].add(site.host)

    def find(self, kind: Kind, name: str, host: str, pool: str = "") -> Address | None:
        """The resource that this is on a host; on any host that a shared pool's volume is seen from.

        Of what a placed domain refers to, '' as the host stands for the one that it comes to be on.
        """
        exact = Address(kind, name, host, pool)
        if exact in self.sites:
            return exact
        if kind is Kind.VOLUME:
            everywhere = Address(kind, name, "", pool)
            site = self.sites.get(everywhere)
            return everywhere if site and site.shared and (not host or host in self.shared[pool]) else None
        return None

    def reach(self, kind: Kind, name: str, site: Site, pool: str = "") -> Address | None:
        """As `find`, for what a document names; seen from one of the hosts, where it has yet to be placed."""
        found = self.find(kind, name, site.host, pool)
        return found if found or site.host else self.find(kind, name, site.seen_from, pool)

    def lacking(self, kind: Kind, name: str, site: Site, pool: str = "") -> tuple[str, ...]:
        """The hosts that a document may come to be on and that have no such thing."""
        if len(site.candidates) < 2:
            return ()
        key = (kind, name, pool, site.candidates)
        if key not in self._lacking:
            there = self.hosts.get((kind, name, pool), set())
            self._lacking[key] = tuple(host for host in site.candidates if host not in there)
        return self._lacking[key]

    def asked(self, pool: str) -> str:
        """The host that is asked about the volumes of a shared pool: the first that is in use."""
        if pool not in self._asked:
            hosts = self.declared_hosts
            first = min(self.shared[pool], key=lambda n: (hosts[n].fenced, hosts[n].maintenance, n))
            self._asked[pool] = first
        return self._asked[pool]

    def beside(self, site: Site, domain: Address, pool: str) -> Site:
        """Where a volume is that a domain brings along."""
        if site.seen_from in self.shared.get(pool, ()):
            return Site(site.entry, self.asked(pool), shared=True)
        return Site(site.entry, site.host, site.candidates, follows=domain)

    def entry(self, kind: Kind, name: str, host: str, pool: str = "") -> Entry | None:
        """The document of what `find` finds."""
        found = self.find(kind, name, host, pool)
        return self.sites[found].entry if found else None


def _twice(address: Address, first: Site, second: Site) -> Problem:
    message = f"{address} is declared at {first.entry.origin} already"
    if first.host != second.host and address.kind is Kind.DOMAIN:
        there, here = (f"on host '{site.host}'" if site.host else "to be placed" for site in (first, second))
        message += (
            f", {there} and here {here}; a domain's name is its identity in the whole"
            " fleet, so give one of them another name"
        )
    return Problem(second.entry.at("metadata", "name"), message)
