"""What a machine's NICs and drives ask of a system: the adapters and mappings that they stand for, and what
is to be done to have these and no others. Refused where the system has nothing of that name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from drivers.base.errors import Refused
from drivers.hmc.adapters import EthernetAdapter
from drivers.hmc.documents import drives_of, machine_of, nic_of
from drivers.hmc.mappings import DISK, OPTICAL, PHYSICAL, StorageMapping, named_disks, target_name
from drivers.hmc.partition import Partition
from drivers.hmc.system import SystemView
from drivers.native import Drive, Machine, Nic


@dataclass(frozen=True, slots=True)
class Wiring:
    """What goes and what comes: adapters, and mappings."""

    unplugged: tuple[EthernetAdapter, ...] = ()
    plugged: tuple[EthernetAdapter, ...] = ()
    unmapped: tuple[StorageMapping, ...] = ()
    mapped: tuple[StorageMapping, ...] = ()


def observed_machine(
    view: SystemView, partition: Partition, adapters: tuple[EthernetAdapter, ...]
) -> Machine:
    """A partition as it is, with its NICs and drives."""
    nics = [_nic(view, each) for each in adapters]
    return machine_of(partition, nics, drives_of(partition.number, view.mappings(partition), _pools(view)))


def wiring_for(view: SystemView, machine: Machine, current: Partition | None) -> Wiring:
    """What has to be done at a partition (None: at one that is still to be made) for its machine."""
    adapters = view.adapters(current) if current is not None else ()
    unplugged, plugged = _adapters(view, machine, adapters)
    number = current.number if current is not None else 0
    there = dict(named_disks(number, view.mappings(current))) if current is not None else {}
    wanted = {
        drive.target or "": _mapping(view, machine, drive, number, there.get(drive.target or ""))
        for drive in machine.drives
    }
    same = {dev for dev, each in wanted.items() if dev in there and _one(there[dev], each)}
    return Wiring(
        unplugged,
        plugged,
        tuple(each for dev, each in there.items() if dev not in same),
        tuple(each for dev, each in wanted.items() if dev not in same),
    )


def _adapters(
    view: SystemView, machine: Machine, there: tuple[EthernetAdapter, ...]
) -> tuple[tuple[EthernetAdapter, ...], tuple[EthernetAdapter, ...]]:
    left, new = {each.mac: each for each in there}, []
    for nic in machine.nics:
        old = left.get(nic.mac or "")
        wanted = _adapter(view, machine, nic, old)
        if old is not None and _wired(old) == _wired(wanted):
            del left[old.mac]
        else:  # in the slot of the one that it replaces, so that the guest finds it where it was
            new.append(replace(wanted, slot=old.slot if old is not None else 0))
    return tuple(left.values()), tuple(new)


def _adapter(view: SystemView, machine: Machine, nic: Nic, old: EthernetAdapter | None) -> EthernetAdapter:
    if nic.type == "bridge" and old is not None and _nic(view, old) == nic:
        return old
    network = next((each for each in view.networks if each.name == nic.network), None)
    if nic.type != "network" or network is None:
        known = ", ".join(sorted(each.name for each in view.networks)) or "none"
        raise Refused(
            f"{machine.name}: no virtual network '{nic.network or nic.bridge or ''}' on this system",
            f"there are: {known}",
        )
    tagged = tuple(sorted(tag.id for tag in nic.vlans if tag.id))
    return EthernetAdapter(mac=nic.mac or "", vlan=network.vlan, tagged=tagged, switch=network.switch)


def _wired(adapter: EthernetAdapter) -> tuple[int, int, tuple[int, ...]]:
    return adapter.switch, adapter.vlan, adapter.tagged


def _nic(view: SystemView, adapter: EthernetAdapter) -> Nic:
    fits = (each for each in view.networks if (each.switch, each.vlan) == (adapter.switch, adapter.vlan))
    network, switch = next(fits, None), view.switch(adapter.switch)
    return nic_of(adapter, network.name if network else "", switch.name if switch else str(adapter.switch))


def _mapping(
    view: SystemView, machine: Machine, drive: Drive, number: int, there: StorageMapping | None
) -> StorageMapping:
    target = target_name(number, drive.target or "")
    is_drive = drive.device == "cdrom"
    if not drive.source and is_drive:
        server = there.server if there is not None else _any_server(view, machine)
        return StorageMapping(server=server, partition=number, kind="", target=target, is_drive=True)
    if there is not None and (drive.pool, drive.volume) == _source(view, there):
        return replace(there, is_drive=is_drive)
    group = view.group(drive.pool or "")
    thing = next((each for each in group.things if each.name == drive.volume), None) if group else None
    if group is None or thing is None:
        raise Refused(
            f"{machine.name}: no volume '{drive.source or drive.target}' on this system",
            "a disk is a volume of a pool: SERVER.GROUP, SERVER.physical-volumes or SERVER.media-repository",
        )
    if is_drive is not (thing.kind == OPTICAL):
        raise Refused(f"{machine.name}: '{drive.source}' cannot be a {drive.device}", "CDs are optical media")
    users = [
        each.partition
        for server in view.servers
        for each in server.mappings
        if (each.server, each.kind, each.name) == (group.server, thing.kind, thing.name)
    ]
    if thing.kind in (DISK, PHYSICAL) and any(each != number for each in users):
        raise Refused(f"{machine.name}: '{drive.source}' is a disk of partition {users[0]} already")
    if thing.kind == PHYSICAL and not thing.is_free and number not in users:
        raise Refused(f"{machine.name}: '{drive.source}' is in use on its server", "take another one")
    return StorageMapping(
        server=group.server,
        partition=number,
        kind=thing.kind,
        name=thing.name,
        udid=thing.udid,
        target=target,
        is_drive=is_drive,
    )


def _any_server(view: SystemView, machine: Machine) -> str:
    if not view.servers:
        raise Refused(f"{machine.name}: the system has no Virtual I/O Server", "a drive is one of a server's")
    return view.servers[0].uuid


def _source(view: SystemView, mapping: StorageMapping) -> tuple[str, str]:
    return _pools(view).get((mapping.server, mapping.kind, mapping.name), "elsewhere"), mapping.name


def _pools(view: SystemView) -> dict[tuple[str, str, str], str]:
    """The pools by what is in them."""
    return dict(_held(view))


def _held(view: SystemView) -> Iterator[tuple[tuple[str, str, str], str]]:
    for group in view.groups:
        for thing in group.things:
            yield (group.server, thing.kind, thing.name), group.name


def _one(there: StorageMapping, wanted: StorageMapping) -> bool:
    """Whether a mapping is of what is wanted, whatever the server calls it."""
    return (there.server, there.kind, there.name, there.is_drive) == (
        wanted.server, wanted.kind, wanted.name, wanted.is_drive,
    )  # fmt: skip
