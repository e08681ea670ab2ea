"""What has to be known for a plan of what a person asks for: only the hosts of the guests that are meant are
looked at, and nothing is asked about the rest of the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from reconciler.engine.hosts import Hosts
from reconciler.engine.look import known_of, look, recall
from reconciler.engine.questions import Answerer, with_capabilities
from reconciler.engine.round import Planned, sealed_by
from reconciler.place import as_they_are
from reconciler.plan import Plan, World
from reconciler.plan.asked import place_of
from reconciler.plan.decided import with_decisions
from reconciler.plan.questions import Questions
from reconciler.plan.strangers import without_strangers
from specs.desired import Declared, DeclaredHost, Desired
from state import OpenState


def hosts_of(guests: Iterable[Declared], desired: Desired, store: OpenState) -> Mapping[str, DeclaredHost]:
    """The hosts that these guests are on, or may be."""
    records = store.records()
    names: set[str] = set()
    for declared in guests:
        record = records.get(declared.address)
        here = {declared.host, record.host if record else ""} & desired.hosts.keys()
        names |= here or set(desired.hosts)
    return {name: host for name, host in desired.hosts.items() if name in names}


def plan_asked(
    desired: Desired,
    guests: tuple[Declared, ...],
    hosts: Hosts,
    store: OpenState,
    make: Callable[[Desired, World], Plan],
    learn: Callable[[World, Hosts], World] = lambda world, _: world,
) -> Planned:
    """Looks, and makes the plan; `learn` asks what it takes besides. Nothing is changed."""
    sealed_by(hosts, store)
    observed = look(hosts, known_of(hosts.drivers, store))
    world = without_strangers(World(observed, recall(store, observed)), ())
    desired, _ = as_they_are(with_decisions(desired, world), world, {})
    world = with_capabilities(world, hosts, tuple(world.inventories))
    meant = [desired.resources[each.address] for each in guests if each.address in desired.resources]
    working = frozenset((place.host, place.native) for place in (place_of(each, world) for each in meant))
    world = Answerer(desired, hosts, store).answer(Questions(working=working), world)
    # Nothing was compared, so that nothing counts as unchanged either.
    everything = frozenset(desired.resources)
    world = replace(world, answers=replace(world.answers, compared=everything))
    world = learn(world, hosts)
    made = make(desired, world)
    return Planned(made, world, desired)
