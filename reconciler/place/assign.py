"""From a tree and what was observed to guests and hosts, and back to a tree in which everybody has one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from drivers.base import Capabilities
from reconciler.place.model import UNLIMITED, Guest, HostState
from reconciler.place.packing import place
from reconciler.plan.whereabouts import whereabouts
from reconciler.plan.world import World
from specs.desired import Declared, DeclaredHost, Desired, PowerState
from specs.guests import Demand
from specs.identity import Address, Kind
from specs.selection import chosen, rehome

_MEMORY = re.compile(r"<currentMemory unit=['\"]KiB['\"]>(\d{1,18})<")
_CPUS = re.compile(r"<vcpu[^>]*>(\d{1,9})<")


def needs_room(desired: Desired, world: World) -> bool:
    """Whether anybody has to be placed anew: only then it matters how much room the hosts have."""
    return any(True for _ in unsettled(desired, world))


def assign(desired: Desired, world: World) -> tuple[Desired, Mapping[Address, str]]:
    """The tree with a host for every domain whose placement leaves it open, and why some have none.

    Guests that are where they may be stay there. Those on a host that cannot be asked stay there too: it
    may still run them. Volumes of shared pools are asked about on a host that answers.
    """
    desired = rehome(desired, _answering(desired, world))
    placed = {a: d for a, d in desired.resources.items() if d.placement}
    if not placed:
        return desired, {}
    allowed = _Allowed(desired)
    if all(_settled(declared, desired, world, allowed) for declared in placed.values()):
        return rehome(desired, {a: _current(d, desired, world) for a, d in placed.items()}), {}
    found = place(_hosts(desired, world), _guests(desired, world, allowed))
    homes = {a: found.hosts.get(a.name) or _current(d, desired, world) for a, d in placed.items()}
    unplaced = {Address(Kind.DOMAIN, name): why for name, why in found.unplaced.items()}
    return rehome(desired, homes), unplaced


def as_they_are(
    desired: Desired, world: World, homes: Mapping[Address, str]
) -> tuple[Desired, Mapping[Address, str]]:
    """The tree with the hosts that were chosen for domains before (`homes`); all others are left where they
    are."""
    desired = rehome(desired, _answering(desired, world))
    placed = {a: d for a, d in desired.resources.items() if d.placement}
    return rehome(desired, {a: homes.get(a) or _current(d, desired, world) for a, d in placed.items()}), {}


def unsettled(desired: Desired, world: World) -> Iterator[Address]:
    """The domains that are to be placed anew."""
    allowed = _Allowed(desired)
    for address, declared in desired.resources.items():
        if declared.placement and not _settled(declared, desired, world, allowed):
            yield address


def guests_and_hosts(desired: Desired, world: World) -> tuple[list[HostState], list[Guest]]:
    """What there is to be placed, and where."""
    return list(_hosts(desired, world)), list(_guests(desired, world, _Allowed(desired)))


class _Allowed:
    """The hosts that placements allow, each selector resolved once."""

    def __init__(self, desired: Desired) -> None:
        self._desired = desired
        self._known: dict[object, frozenset[str]] = {}

    def of(self, declared: Declared) -> frozenset[str]:
        if declared.placement is None:
            return frozenset()
        selector = declared.placement.hosts
        if selector not in self._known:
            self._known[selector] = frozenset(chosen(selector, self._desired.hosts))
        return self._known[selector]


def _settled(declared: Declared, desired: Desired, world: World, allowed: _Allowed) -> bool:
    """Whether a domain is where it may stay."""
    current = _current(declared, desired, world)
    if not current:
        return False
    if current not in world.inventories:
        return True
    host = desired.hosts[current]
    if host.maintenance:
        return False
    home = desired.hosts.get(declared.host)
    if home is not None and home.name != current and _accepts(home, world):
        return False
    return current == declared.host or current in allowed.of(declared)


def _current(declared: Declared, desired: Desired, world: World) -> str:
    """The host that a domain is on, or may be on though it cannot be asked."""
    recorded = _recorded(declared, world)
    if world.hosts_of(declared.native) == (recorded,):
        return recorded
    place = whereabouts(declared, desired, world)
    unknown = recorded not in world.inventories or world.unreadable(recorded, Kind.DOMAIN, declared.native)
    unseen = place.problem and unknown and recorded in desired.hosts
    return place.owner or (recorded if unseen else "")


def _recorded(declared: Declared, world: World) -> str:
    record = world.records.get(declared.address)
    return record.host if record else ""


def _accepts(host: DeclaredHost, world: World) -> bool:
    return host.schedulable and not host.maintenance and host.name in world.inventories


def _hosts(desired: Desired, world: World) -> Iterator[HostState]:
    strangers = _strangers(desired, world)
    for name, host in desired.hosts.items():
        taken = strangers.get(name, Demand())
        cpus, memory = _capacity(host, world.answers.capabilities.get(name))
        yield HostState(
            name,
            cpus - taken.cpus,
            memory - taken.memory_kib,
            dict(host.labels),
            accepts=_accepts(host, world),
            holds=not host.maintenance,
        )


def _capacity(host: DeclaredHost, known: Capabilities | None) -> tuple[float, float]:
    """CPUs and KiB after overcommit and reservation; without limit where nobody knows."""
    given = host.capacity
    cpus = given.cpus or (known.cpus if known else 0)
    memory = given.memory_kib or (known.memory_kib if known else 0)
    return (
        cpus * given.overcommit_cpus if cpus else UNLIMITED,
        max(0, memory - given.reserved_kib) * given.overcommit_memory if memory else UNLIMITED,
    )


def _strangers(desired: Desired, world: World) -> Mapping[str, Demand]:
    """What running domains that nobody declares take of their hosts."""
    taken: defaultdict[str, Demand] = defaultdict(Demand)
    for host, inventory in world.inventories.items():
        for native, seen in inventory.of_kind(Kind.DOMAIN):
            if seen.power is PowerState.STOPPED:
                continue
            if Address(Kind.DOMAIN, native) in desired.resources:
                continue
            memory, cpus = _MEMORY.search(seen.document), _CPUS.search(seen.document)
            taken[host] = Demand(
                taken[host].cpus + (int(cpus[1]) if cpus else 0),
                taken[host].memory_kib + (int(memory[1]) if memory else 0),
            )
    return taken


def _guests(desired: Desired, world: World, allowed: _Allowed) -> Iterator[Guest]:
    """All declared domains: those without a placement only take room where they are declared."""
    domains = [d for d in desired.resources.values() if d.address.kind is Kind.DOMAIN]
    near, apart = _relations(domains)
    for declared in domains:
        placement, name = declared.placement, declared.address.name
        current = _current(declared, desired, world) if placement else declared.host
        seen = world.observation(current, Kind.DOMAIN, declared.native)
        yield Guest(
            name=name,
            cpus=declared.demand.cpus,
            memory_kib=declared.demand.memory_kib,
            current=current,
            pinned=declared.host,
            allowed=allowed.of(declared),
            spread=placement.spread if placement else "",
            group=repr(placement.group) if placement else "",
            near=near[name],
            apart=apart[name],
            priority=placement.priority if placement else 0,
            running=seen is not None and seen.power is not PowerState.STOPPED,
            movable=placement is not None and current in ("", *world.inventories),
        )


def _relations(
    domains: list[Declared],
) -> tuple[defaultdict[str, frozenset[str]], defaultdict[str, frozenset[str]]]:
    """Who belongs with whom, and who must not be with whom; each way."""
    near: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    apart: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    resolved: dict[str, frozenset[str]] = {}
    for declared in domains:
        if declared.placement is None:
            continue
        name = declared.address.name
        for relation, selectors in (
            (near, declared.placement.affinity),
            (apart, declared.placement.anti_affinity),
        ):
            for selector in selectors:
                if selector not in resolved:
                    resolved[selector] = frozenset(_selected(selector, domains))
                others = resolved[selector] - {name}
                relation[name] |= others
                for other in others:
                    relation[other] |= {name}
    return near, apart


def _selected(selector: str, domains: list[Declared]) -> Iterator[str]:
    label, equals, value = selector.partition("=")
    for declared in domains:
        name = declared.address.name
        if (label, value) in declared.labels if equals else fnmatchcase(name, selector):
            yield name


def _answering(desired: Desired, world: World) -> Mapping[Address, str]:
    """For volumes of shared storage that their own host does not show: a host that does (a pool knows of
    what was made through another host only when it has looked again), or at least one that answers."""
    return {
        address: host
        for address, declared in desired.resources.items()
        if declared.shared and world.of(declared) is None
        if (host := _showing(declared, desired, world))
    }


def _showing(declared: Declared, desired: Desired, world: World) -> str:
    pool = declared.address.pool
    hosts = [h for h in world.inventories if Address(Kind.STORAGE_POOL, pool, h) in desired.resources]
    for host in hosts:
        if world.observation(host, Kind.VOLUME, declared.native):
            return host
    return "" if declared.host in hosts else min(hosts, default="")
