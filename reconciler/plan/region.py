"""A part of the tree that is planned by itself: what concerns one host, and what that is bound up with.

A plan over a region decides what a plan over the whole tree would decide about that host, and costs what the
host costs. What counts for the fleet as a whole (how much vanished, who is placed where) is decided before,
and given to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from drivers.base import Inventory
from reconciler.plan.in_use import takes_away
from reconciler.plan.model import Plan
from reconciler.plan.ownership import belongs, own_mark
from specs.desired import Declared, Desired
from specs.documents.marks import NAMESPACE
from specs.identity import Address, Kind


@dataclass(frozen=True)
class TreeIndex:
    """A tree by hosts: made once, asked for every region."""

    desired: Desired
    by_host: Mapping[str, tuple[Address, ...]]
    """'' has those that no host is chosen for in the files."""

    followers: Mapping[Address, tuple[Address, ...]]
    """What follows each domain."""

    placed: tuple[Address, ...]
    """The domains whose placement leaves their host open."""

    order: Mapping[Address, int]
    """The place of each in the tree."""

    @classmethod
    def of(cls, desired: Desired) -> TreeIndex:
        """The index of a tree."""
        by_host: defaultdict[str, list[Address]] = defaultdict(list)
        followers: defaultdict[Address, list[Address]] = defaultdict(list)
        placed = []
        for address, declared in desired.resources.items():
            by_host[declared.host].append(address)
            if declared.follows:
                followers[declared.follows].append(address)
            if declared.placement:
                placed.append(address)
        return cls(
            desired,
            {host: tuple(found) for host, found in by_host.items()},
            {domain: tuple(found) for domain, found in followers.items()},
            tuple(placed),
            {address: number for number, address in enumerate(desired.resources)},
        )

    def on(self, host: str) -> tuple[Address, ...]:
        """What is declared to be on a host."""
        return self.by_host.get(host, ())

    def closed(self, addresses: Iterable[Address]) -> frozenset[Address]:
        """These with all that they require, come after and are followed by, as far as it is declared. Storage
        that hosts share is had through the pool of any, so that what it requires is not followed."""
        found = {address for address in addresses if address in self.desired.resources}
        reach = list(found)
        while reach:
            address = reach.pop()
            declared = self.desired.resources[address]
            if declared.shared:
                continue
            for other in (*declared.requires, *declared.after, *self.followers.get(address, ())):
                if other not in found and other in self.desired.resources:
                    found.add(other)
                    reach.append(other)
        return frozenset(found)

    def only(self, addresses: Collection[Address]) -> Desired:
        """The tree with no more than these resources, in its own order."""
        ordered = sorted(addresses, key=self.order.__getitem__)
        resources = self.desired.resources
        return replace(self.desired, resources={address: resources[address] for address in ordered})


def ours_there(index: TreeIndex, inventory: Inventory, known: Collection[Address]) -> Iterator[Address]:
    """The declared domains, beside those that are `known` to be a host's, of which it holds one that is this
    fleet's by its mark: on their way, or left behind."""
    for native, seen in inventory.of_kind(Kind.DOMAIN):
        address = Address(Kind.DOMAIN, native)
        if address not in known and address in index.desired.resources and NAMESPACE in seen.document:
            mark = own_mark(seen)
            if mark and belongs(mark, index.desired.fleet):
                yield address


def marked_there(index: TreeIndex, host: str, inventory: Inventory) -> Iterator[tuple[Kind, str]]:
    """What a host holds that says it is ours and is not declared to be there; of kinds that belong to
    hosts."""
    for (kind, native), seen in inventory.objects.items():
        if kind in (Kind.DOMAIN, Kind.VOLUME) or NAMESPACE not in seen.document:
            continue
        if Address(kind, native, host) not in index.desired.resources:
            yield kind, native


def hosts_concerned(index: TreeIndex, plan: Plan) -> frozenset[str]:
    """The hosts that have to be looked at before a plan takes shared storage away from somebody: any of those
    that have its pool may hold who uses it; of a pool that the tree does not declare, any host."""
    found: set[str] = set()
    for action in plan.actions:
        address = action.address
        if address.kind is not Kind.VOLUME or address.host or action.deferred or not takes_away(action):
            continue
        declared = {
            host
            for host in index.desired.hosts
            if Address(Kind.STORAGE_POOL, address.pool, host) in index.order
        }
        found |= declared or index.desired.hosts.keys()
    return frozenset(found)


def domains_among(index: TreeIndex, addresses: Iterable[Address]) -> Iterator[Declared]:
    """The domains among these."""
    for address in addresses:
        if address.kind is Kind.DOMAIN:
            yield index.desired.resources[address]
