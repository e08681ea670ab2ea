"""Hosts that are not the machines that they were: nothing is done to them until a person says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from drivers.base import Inventory
from drivers.base.machine import same_machine
from reconciler.plan.world import World

EVERY_HOST = "*"


def without_strangers(
    world: World, accepted: Collection[str], others: Mapping[str, str] | None = None
) -> World:
    """The world in which a host counts as not reached when another machine answers in its place, or the
    same one as in another's. So nothing of it is changed, and what may run on the first machine is not
    started a second time. Of hosts that were not looked at now, `others` says which machines they were."""
    strange = dict(_strangers(world, accepted)) | dict(_twins(world.inventories, accepted, others or {}))
    return replace(world, observed=world.observed.without(strange)) if strange else world


def _strangers(world: World, accepted: Collection[str]) -> Iterator[tuple[str, str]]:
    known: defaultdict[str, set[str]] = defaultdict(set)
    for record in world.records.values():
        if record.machine:
            known[record.host].add(record.machine)
    for host, inventory in world.inventories.items():
        before = known.get(host)
        if before and inventory.identity and not any(same_machine(b, inventory.identity) for b in before):
            if _accepts(host, accepted):
                continue
            yield (
                host,
                f"it is another machine than before (it was '{', '.join(sorted(before))}' and is"
                f" '{inventory.identity}'): is its URI right? Once it is certain that the first one runs none"
                f" of its guests, or that it is the same one with a new host UUID (libvirtd.conf: host_uuid),"
                f" --accept-host {host} takes it",
            )


def _accepts(host: str, accepted: Collection[str]) -> bool:
    return host in accepted or EVERY_HOST in accepted


def _twins(
    inventories: Mapping[str, Inventory], accepted: Collection[str], others: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Two names for one machine: what one of them lacks would be made on it twice."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for host, inventory in inventories.items():
        if inventory.identity and not _accepts(host, accepted):
            names[inventory.identity].append(host)
    for host, identity in others.items():
        if identity in names and host not in inventories and not _accepts(host, accepted):
            names[identity].append(host)
    for hosts in names.values():
        if len(hosts) > 1:
            for host in hosts:
                yield (
                    host,
                    f"{' and '.join(sorted(hosts))} are one and the same machine by libvirt's host UUID:"
                    " declare it once; if they are two whose firmware has the same UUID, set host_uuid in the"
                    " libvirtd.conf of one (libvirt moves no guest between them otherwise)",
                )
