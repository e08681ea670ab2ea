"""Choosing hosts for domains whose placement leaves that open: for the whole fleet, by one controller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.controller.charge import Charge
from reconciler.engine.hosts import connect
from reconciler.engine.look import known_of, look, recall
from reconciler.engine.questions import with_capabilities
from reconciler.engine.round import sealed_by
from reconciler.place import assign, unsettled
from reconciler.plan import World
from reconciler.plan.strangers import without_strangers
from specs.identity import Address
from specs.selection import chosen
from state import OpenState
from state.records import Record


class Placing:
    """The choices of the last time, as long as the same tree is in force."""

    def __init__(self) -> None:
        self._for: Charge | None = None
        self._homes: Mapping[Address, str] = {}
        self._with: Charge | None = None
        self.unplaced: Mapping[Address, str] = {}
        """Why no host could be chosen for others."""

    def added_to(self, charge: Charge) -> Charge:
        """A charge with the choices that were made under it."""
        if self._for is not charge or not self._homes:
            return charge
        if self._with is None:
            self._with = replace(charge, homes=self._homes)
        return self._with

    def place(self, charge: Charge, store: OpenState) -> frozenset[str]:
        """Looks whether anybody needs a host, and chooses; the hosts that somebody leaves or comes to. All
        hosts are looked at for that, over connections that cannot write."""
        records = store.records(hosts=(), also=charge.index.placed)
        if not any(_is_open(address, charge, records) for address in charge.index.placed):
            self._choose(charge, {}, {})
            return frozenset()
        desired = charge.desired
        hosts = connect(desired.hosts, desired.root, readonly=True, guard=desired.guard)
        try:
            sealed_by(hosts, store)
            observed = look(hosts, known_of(hosts.drivers, store))
            world = without_strangers(World(observed, recall(store, observed)), charge.options.accepted)
            world = with_capabilities(world, hosts, world.inventories.keys())
            opened = set(unsettled(desired, world))
            placed, unplaced = assign(desired, world)
        finally:
            hosts.close()
        homes = {a: home for a in opened if (home := placed.resources[a].host)}
        self._choose(charge, homes, unplaced)
        left = {records[a].host for a in homes if a in records}
        return frozenset(homes.values()) | left & desired.hosts.keys()

    def _choose(self, charge: Charge, homes: Mapping[Address, str], unplaced: Mapping[Address, str]) -> None:
        if homes != self._homes or self._for is not charge:
            self._with = None
        self._for, self._homes, self.unplaced = charge, homes, unplaced


def _is_open(address: Address, charge: Charge, records: Mapping[Address, Record]) -> bool:
    """Whether a domain has no host, or one that it may have to leave."""
    record, declared = records.get(address), charge.desired.resources[address]
    if record is None or declared.placement is None:
        return True
    host = charge.desired.hosts.get(record.host)
    if host is None or host.maintenance or declared.host not in ("", record.host):
        return True
    return record.host != declared.host and record.host not in chosen(
        declared.placement.hosts, charge.desired.hosts
    )
