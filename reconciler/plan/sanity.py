"""What is asked of a host that it does not have: told with its numbers, for nobody is refused for it. A size
that grew by a typing error, or a unit too many, is seen before it is tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from reconciler.plan.model import Plan, Status
from reconciler.plan.world import World
from specs.desired import Declared, DeclaredHost, Desired
from specs.documents.volume_facts import allocated_of, capacity_of, pool_room
from specs.identity import Address, Kind
from specs.units import format_about
from specs.xml import is_xml

_COMING = frozenset({Status.CREATE, Status.CHANGE, Status.ADOPT})


def beyond_hosts(plan: Plan, desired: Desired, world: World) -> Iterator[str]:
    """Warnings about what is to be made or changed: a guest by itself, all guests of a host together, and
    volumes in their pools."""
    coming = {verdict.address for verdict in plan.verdicts if verdict.status in _COMING}
    declared = [desired.resources[address] for address in sorted(coming & desired.resources.keys())]
    for each in declared:
        told: Iterator[str] = iter(())
        if each.address.kind is Kind.DOMAIN:
            told = _too_large(each, desired.hosts.get(each.host), world)
        elif each.address.kind is Kind.VOLUME and world.of(each) is None:
            told = _no_room(each, world)
        yield from (f"{each.origin}: {each.address} {what}" for what in told)
    yield from _all_together({each.host for each in declared}, coming, desired, world)


def _had(host: DeclaredHost | None, world: World) -> tuple[int, int]:
    """CPUs and KiB of memory that a host has; 0 for what nobody knows."""
    if host is None:
        return 0, 0
    known = world.answers.capabilities.get(host.name)
    return (
        host.capacity.cpus or (known.cpus if known else 0),
        host.capacity.memory_kib or (known.memory_kib if known else 0),
    )


def _too_large(guest: Declared, host: DeclaredHost | None, world: World) -> Iterator[str]:
    if host is None:
        return
    cpus, memory = _had(host, world)  # what the files say of it was told offline
    cpus, memory = (0 if host.capacity.cpus else cpus), (0 if host.capacity.memory_kib else memory)
    if memory and guest.demand.memory_kib > memory:
        asked = format_about(guest.demand.memory_kib * 1024)
        yield f"asks for {asked} of memory, and {guest.host} has {format_about(memory * 1024)}"
    if cpus and guest.demand.cpus > cpus:
        yield f"asks for {guest.demand.cpus} virtual CPUs, and {guest.host} has {cpus} CPUs"


def _all_together(
    hosts: Collection[str], coming: Collection[Address], desired: Desired, world: World
) -> Iterator[str]:
    """Of hosts that are given something: what all of their declared guests that run have together, where no
    single one is too large by itself."""
    guests: defaultdict[str, list[Declared]] = defaultdict(list)
    for address, each in desired.resources.items():
        if address.kind is Kind.DOMAIN and each.host in hosts and each.is_to_run:
            guests[each.host].append(each)
    for name, those in sorted(guests.items()):
        host = desired.hosts.get(name)
        cpus, memory = _had(host, world)
        if host is None or len(those) < 2 or not any(each.address in coming for each in those):
            continue
        room = max(0, memory - host.capacity.reserved_kib) * host.capacity.overcommit_memory
        asked = sum(each.demand.memory_kib for each in those)
        if memory and asked > room and all(each.demand.memory_kib <= memory for each in those):
            yield (
                f"the {len(those)} guests that run on {name} have {format_about(asked * 1024)} of memory"
                f" together, and it has {format_about(memory * 1024)}{_of(host)}"
            )
        threads = sum(each.demand.cpus for each in those)
        most = cpus * host.capacity.overcommit_cpus
        if cpus and threads > most and all(each.demand.cpus <= cpus for each in those):
            yield (
                f"the {len(those)} guests that run on {name} have {threads} virtual CPUs together, and it has"
                f" {cpus} CPUs, for {most:g} at most (capacity.overcommit.cpus)"
            )


def _of(host: DeclaredHost) -> str:
    reserved, factor = host.capacity.reserved_kib, host.capacity.overcommit_memory
    told = [f"{format_about(reserved * 1024)} of it reserved"] if reserved else []
    told += [f"counted {factor:g} times (capacity.overcommit.memory)"] if factor != 1 else []
    return f", {', '.join(told)}" if told else ""


def _no_room(volume: Declared, world: World) -> Iterator[str]:
    """A new volume that its pool could never hold, or that takes at once more than is free."""
    pool = world.observation(volume.host, Kind.STORAGE_POOL, volume.address.pool)
    if pool is None or not is_xml(pool.live or pool.document):
        return
    whole, free = pool_room(pool.live or pool.document)
    asked, at_once = capacity_of(volume.document), allocated_of(volume.document)
    where = f"pool {volume.address.pool} on {volume.host}"
    if whole and asked > whole:
        yield f"may grow to {format_about(asked)}, and {where} has {format_about(whole)} in all"
    elif whole and at_once > free:
        yield f"takes {format_about(at_once)} at once, and {where} has {format_about(free)} free"
