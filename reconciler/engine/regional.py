"""Planning for one host: it is looked at in full, and others as far as something is bound up with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from drivers.base.machine import same_box
from reconciler.engine.hosts import Connections
from reconciler.engine.look import known_of, look, recall
from reconciler.engine.round import Planned, plan_from, sealed_by
from reconciler.engine.sealing import Sealer
from reconciler.plan import Options, World
from reconciler.plan.observed import Observed
from reconciler.plan.region import TreeIndex, domains_among, marked_there, ours_there
from reconciler.plan.world import Regional
from specs.desired import Desired
from specs.identity import Address, Kind
from specs.selection import rehome
from state import OpenState
from state.records import Record


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was decided for the fleet as a whole: the hosts of domains that were placed anew, the machines
    that hosts were when last looked at, and why nothing may be removed ('' when it may)."""

    homes: Mapping[Address, str]
    machines: Mapping[str, str]
    shrunk: str = ""


@dataclass(frozen=True, slots=True)
class Wider:
    """The plan needs these hosts, and has to be made anew with them."""

    hosts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a host and of those that are bound up with it, and what the plan will be about."""

    observed: Observed
    addresses: frozenset[Address]
    records: Mapping[Address, Record]
    sealer: Sealer

    def same_as(self, other: Sight | None) -> bool:
        """Whether nothing differs from an earlier look but its time."""
        return (
            other is not None
            and self.observed.inventories == other.observed.inventories
            and self.observed.unreachable == other.observed.unreachable
            and self.addresses == other.addresses
            and self.records == other.records
        )


def see(
    index: TreeIndex, host: str, hosts: Collection[str], joined: Connections, store: OpenState, chosen: Chosen
) -> Sight | Wider:
    """Looks at these hosts for the sake of one of them; or says which others it takes."""
    sealer = sealed_by(joined, store)
    observed = look(joined, known_of(joined.drivers, store))
    records = dict(store.records(hosts=[host]))
    addresses = index.closed(_concerned(index, host, observed, records, chosen.homes))
    former = {
        Address(Kind.DOMAIN, domain.formerly) for domain in domains_among(index, addresses) if domain.formerly
    }
    records |= store.records(hosts=(), also=(addresses | former) - records.keys())
    bound = set(_bound(index, host, addresses, records, chosen.homes))
    names = [name for d in domains_among(index, addresses) for name in (d.native, d.formerly) if name]
    bound |= {holder for holders in store.holders(names).values() for holder in holders}
    bound |= set(_twins(index, host, observed, chosen.machines))
    needed = bound & index.desired.hosts.keys() | {host}
    if not needed <= set(hosts):
        return Wider(frozenset(needed))
    return Sight(observed, addresses, records, sealer)


def plan_region(
    index: TreeIndex,
    host: str,
    sight: Sight,
    joined: Connections,
    store: OpenState,
    options: Options,
    chosen: Chosen,
) -> Planned:
    """The plan for what was seen."""
    desired = _at_hand(index.only(sight.addresses), host, sight.observed)
    recorded = recall(store, sight.observed, sight.records)
    regional = Regional(frozenset({host}), chosen.homes, chosen.machines, chosen.shrunk)
    options = replace(options, regional=regional)
    return plan_from(desired, World(sight.observed, recorded), joined, store, options, sight.sealer)


def _concerned(
    index: TreeIndex,
    host: str,
    observed: Observed,
    records: Iterable[Address],
    homes: Mapping[Address, str],
) -> Iterator[Address]:
    """What is declared there, was recorded there, is there, or was chosen to be there."""
    known = {*index.on(host), *records, *(address for address, home in homes.items() if home == host)}
    yield from known
    inventory = observed.inventories.get(host)
    if inventory is not None:
        yield from ours_there(index, inventory, known)


def _bound(
    index: TreeIndex,
    host: str,
    addresses: Iterable[Address],
    records: Mapping[Address, Record],
    homes: Mapping[Address, str],
) -> Iterator[str]:
    """The hosts that these are, or are to be, on. Storage that hosts share is looked at through any."""
    for address in addresses:
        declared = index.desired.resources[address]
        if declared.shared:
            continue
        yield homes.get(address) or declared.host
        if address in records:
            yield records[address].host


def _twins(index: TreeIndex, host: str, observed: Observed, machines: Mapping[str, str]) -> Iterator[str]:
    """The Hosts that are, or may be, drivers of the same machine and declare what this one shows as well (the
    networks of a machine are those of its QEMU and of its containers)."""
    inventory = observed.inventories.get(host)
    if inventory is None:
        return
    for kind, native in marked_there(index, host, inventory):
        for other in index.desired.hosts.keys() - {host}:
            if Address(kind, native, other) in index.desired.resources:
                known = machines.get(other, "")
                if not known or same_box(known, inventory.identity):
                    yield other


def _at_hand(desired: Desired, host: str, observed: Observed) -> Desired:
    """The tree with shared volumes asked about on a host that was looked at."""
    elsewhere = (a for a, d in desired.resources.items() if d.shared and d.host not in observed.inventories)
    return rehome(desired, dict.fromkeys(elsewhere, host))
