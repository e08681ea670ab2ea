"""Partitions made, changed and removed. What is done is found from what is there now, so that a half-done
change is ended by the next one, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from drivers.base.errors import DriverError, NotFound, Refused, Unreachable
from drivers.hmc.adapters import new_adapter
from drivers.hmc.atom import AtomEntry
from drivers.hmc.documents import check_memory, wish_of
from drivers.hmc.mappings import (
    StorageMapping,
    add_mapping,
    partition_href,
    remove_mapping,
    target_name,
    without_place,
)
from drivers.hmc.partition import Partition, PartitionWish, edit_partition, new_partition, read_partition
from drivers.hmc.system import SystemView
from drivers.hmc.wiring import Wiring, wiring_for
from drivers.native import Machine

MAPPINGS = "ViosSCSIMapping"


def create(view: SystemView, machine: Machine) -> None:
    """Makes a partition with its adapters and mappings. Whatever can be checked is checked before; what is
    refused later is taken back, so that no half of a partition stays."""
    system = view.system
    wish = wish_of(machine, None, system.least_units)
    check_memory(wish, system.region)
    wiring = wiring_for(view, machine, None)
    element = new_partition(wish, system.region, system.least_units)
    made = view.client.create(f"{view.path}/LogicalPartition", AtomEntry("", "", element))
    partition = read_partition(made.element)
    try:
        _wire(view, partition, wiring)
    except Unreachable:  # nobody can tell how far it got
        raise
    except DriverError:
        with suppress(DriverError):
            remove(SystemView(view.client, view.uuid), partition)
        raise


def change(view: SystemView, current: Partition, machine: Machine) -> None:
    """Makes a partition as its machine shall be. Refused, before anything is done, where that needs it to be
    stopped, or its guest to answer."""
    system = view.system
    wish = wish_of(machine, current, system.least_units)
    check_memory(wish, system.region)
    wiring = wiring_for(view, machine, current)
    check_running(current, wish, wiring)

    def edit(seen: AtomEntry) -> bool:
        now = read_partition(seen.element)
        _check_same(current, now)
        check_running(now, wish, wiring)
        return edit_partition(seen.element, wish, system.region, system.least_units)

    view.client.change(partition_path(current), edit)
    _wire(view, current, wiring)


def remove(view: SystemView, partition: Partition) -> None:
    """Removes a partition and what lends it storage; the storage itself stays, with all that is on it."""
    _map(view, partition, view.mappings(partition), ())
    view.client.delete(partition_path(partition))


def check_running(current: Partition, wish: PartitionWish, wiring: Wiring) -> None:
    """Refused where a partition that runs would have to be stopped for a change, or does not answer.

    IBM: dynamic partitioning changes desired values within the minimum and maximum, and adapters, with the
    help of the guest's RMC; a mapping is the server's matter alone."""
    if current.is_off:
        return
    now, new = current.processors, wish.processors
    fixed = {
        "the maximum of its memory": (current.memory_most, wish.memory_most),
        "the maximum of its processors": (now.most, new.most),
        "dedicated or shared processors": (now.dedicated, new.dedicated),
        "its name": (current.name, wish.name),
    }
    waiting = [what for what, (before, after) in fixed.items() if before != after]
    if wish.memory < current.memory_least:
        waiting.append(f"less memory than its minimum, {current.memory_least} MiB")
    if waiting:
        raise Refused(f"{current.name}: {', '.join(waiting)} cannot change while it runs", "stop it first")
    moved = (current.memory, now) != (wish.memory, new) or wiring.plugged or wiring.unplugged
    if moved and not current.talks:
        raise Refused(
            f"{current.name}: its guest does not answer the console (RMC): nothing changes while it runs",
            "look at the guest's RMC, or stop it first",
        )


def partition_path(partition: Partition) -> str:
    """Where the console has a partition."""
    return f"/LogicalPartition/{partition.uuid.upper()}"


def _check_same(then: Partition, now: Partition) -> None:
    if (then.uuid, then.name) != (now.uuid, now.name):
        raise Refused(f"'{then.name}' is another partition by now", "run plan again")


def _wire(view: SystemView, partition: Partition, wiring: Wiring) -> None:
    where = f"{partition_path(partition)}/ClientNetworkAdapter"
    for adapter in wiring.unplugged:
        with suppress(NotFound):
            view.client.delete(f"{where}/{adapter.uuid}")
    for adapter in wiring.plugged:
        switch = view.switch(adapter.switch)
        if switch is None:
            raise Refused(f"{partition.name}: no virtual switch {adapter.switch} on this system")
        element = new_adapter(adapter, view.href("VirtualSwitch", switch.uuid))
        view.client.create(where, AtomEntry("", "", element))
    wanted = (_owned(each, partition) for each in wiring.mapped)
    _map(view, partition, wiring.unmapped, tuple(wanted))


def _owned(mapping: StorageMapping, partition: Partition) -> StorageMapping:
    """A mapping of a partition that has its number by now."""
    if mapping.partition == partition.number:
        return mapping
    dev = mapping.target.removeprefix(target_name(mapping.partition, ""))
    return replace(mapping, partition=partition.number, target=target_name(partition.number, dev))


def _map(
    view: SystemView,
    partition: Partition,
    old: Iterable[StorageMapping],
    new: tuple[StorageMapping, ...],
) -> None:
    gone = tuple(old)
    href = partition_href(view.client.session.place.address, partition.uuid)
    for server in sorted({each.server for each in (*gone, *new)}):

        def edit(seen: AtomEntry, server: str = server) -> bool:
            removed = [remove_mapping(seen.element, each) for each in gone if each.server == server]
            added = [
                add_mapping(seen.element, each if each.udid else without_place(each), href)
                for each in new
                if each.server == server
            ]
            return any((*removed, *added))

        view.client.change(f"/VirtualIOServer/{server}", edit, MAPPINGS)
