"""Partitions as machines, which every driver knows as libvirt documents, and back. Both ways are pure.

| in a document | on a POWER Hypervisor |
| --- | --- |
| `memory`, `currentMemory` | maximum and desired memory |
| `vcpu`, `@current` | maximum and desired virtual (or dedicated) processors |
| `features/kvm/hint-dedicated` | dedicated processors |
| `cputune/shares` | uncapped, with that weight (0 to 255) |
| `cputune/global_quota` of `global_period` | entitled processing units; without shares the cap, too |
| `os/type/@machine` | `ibmi` for IBM i; AIX and Linux need none |
| an interface's network, and tags of a trunk | port VLAN and switch of an adapter, and further VLANs |
| a disk's volume | a virtual SCSI mapping of a Virtual I/O Server |
"""

from __future__ import annotations

from collections.abc import Iterable

from drivers.base.errors import Refused
from drivers.hmc.adapters import EthernetAdapter
from drivers.hmc.mappings import StorageMapping, named_disks
from drivers.hmc.partition import AIX_LINUX, IBM_I, Partition, PartitionWish
from drivers.hmc.processors import DEFAULT_WEIGHT, Processors
from drivers.native import Drive, Machine, Nic, VlanTag

TYPE, ARCH, IBM_I_MACHINE = "phyp", "ppc64", "ibmi"
"""libvirt's own word for this hypervisor (virDomainVirtType), and the one architecture that it has."""
PERIOD = 100_000
_HUNDREDTH = PERIOD // 100
"""IBM: processing units have two decimals."""


def machine_of(
    partition: Partition,
    nics: Iterable[Nic],
    drives: Iterable[Drive],
) -> Machine:
    """A partition, with what it is connected to, as a machine."""
    processors = partition.processors
    return Machine(
        type=TYPE,
        name=partition.name,
        uuid=partition.uuid,
        memory_max=partition.memory_most * 1024,
        memory=None if partition.memory == partition.memory_most else partition.memory * 1024,
        vcpus=processors.most,
        vcpus_online=None if processors.count == processors.most else processors.count,
        shares=None if processors.dedicated else processors.weight,
        cpu_period=None if processors.dedicated else PERIOD,
        cpu_quota=None if processors.dedicated else round(processors.units * 100) * _HUNDREDTH,
        dedicated=True if processors.dedicated else None,
        os_type="hvm",
        arch=ARCH,
        machine=IBM_I_MACHINE if partition.environment == IBM_I else None,
        nics=tuple(nics),
        drives=tuple(drives),
    )


def nic_of(adapter: EthernetAdapter, network: str, switch: str) -> Nic:
    """An adapter as a NIC: of the network on its VLAN, or where the system has none, of the switch."""
    tags = tuple(VlanTag(id=vlan) for vlan in adapter.tagged)
    trunk = True if tags else None
    if network:
        return Nic(mac=adapter.mac, network=network, link="up", trunk=trunk, vlans=tags)
    own = VlanTag(id=adapter.vlan)
    return Nic(type="bridge", mac=adapter.mac, bridge=switch, link="up", trunk=trunk, vlans=(own, *tags))


def drives_of(
    partition: int, mappings: tuple[StorageMapping, ...], pools: dict[tuple[str, str, str], str]
) -> tuple[Drive, ...]:
    """A partition's mappings as drives; `pools` are the names of the pools that things are in, by server,
    kind and name. What is in none of them is told by its name alone, so that it is never taken for absent."""
    return tuple(
        Drive(
            type="volume" if mapping.kind else "file",
            device="cdrom" if mapping.is_drive else "disk",
            format="raw" if mapping.kind else None,
            pool=pools.get((mapping.server, mapping.kind, mapping.name), "elsewhere")
            if mapping.kind
            else None,
            volume=mapping.name if mapping.kind else None,
            target=dev,
            bus="scsi",
            readonly=mapping.is_drive,
        )
        for dev, mapping in named_disks(partition, mappings)
    )


def wish_of(machine: Machine, current: Partition | None, least_units: float) -> PartitionWish:
    """What a machine asks of a partition, with what it leaves open as it is now. Refused where a value has no
    place on this hypervisor."""
    name = machine.name or ""
    memory, most = _mebibytes(name, machine.memory_now), _mebibytes(name, machine.memory_max or 0)
    return PartitionWish(
        name=name,
        environment=_environment(machine, current),
        memory=memory,
        memory_most=most or memory,
        processors=_processors(machine, current, least_units),
    )


def check_memory(wish: PartitionWish, region: int) -> None:
    """Refused unless the memory is whole regions of the system (IBM: "memory region size")."""
    for amount in (wish.memory, wish.memory_most):
        if not amount or amount % region:
            below = amount // region * region or region
            raise Refused(
                f"{wish.name}: {amount} MiB of memory are no multiple of the memory region of {region} MiB",
                f"write {below} MiB or {below + region} MiB",
            )


def _environment(machine: Machine, current: Partition | None) -> str:
    if machine.machine not in (None, IBM_I_MACHINE):
        raise Refused(f"{machine.name}: no machine type '{machine.machine}' here", "allowed: ibmi, or none")
    wanted = IBM_I if machine.machine == IBM_I_MACHINE else AIX_LINUX
    if current is not None and current.environment != wanted:
        raise Refused(
            f"{machine.name}: a partition for {current.environment} cannot become one for {wanted}",
            "make another one",
        )
    return wanted


def _processors(machine: Machine, current: Partition | None, least_units: float) -> Processors:
    most = machine.vcpus or 1
    count = machine.vcpus_online or most
    if machine.dedicated:
        if machine.shares is not None or machine.cpu_quota is not None:
            raise Refused(
                f"{machine.name}: dedicated processors have no shares and no quota",
                "leave out cputune, or kvm.hintDedicated",
            )
        return Processors(count, most, dedicated=True)
    before = current.processors if current and not current.processors.dedicated else None
    units = _units(machine, before, count, least_units)
    return Processors(count, most, units=units, weight=_weight(machine, before))


def _weight(machine: Machine, before: Processors | None) -> int | None:
    if machine.shares is not None:
        if not 0 <= machine.shares <= 255:
            raise Refused(f"{machine.name}: {machine.shares} shares", "allowed: 0 to 255; 128 is usual")
        return machine.shares
    if machine.cpu_quota is not None:
        return None
    return before.weight if before is not None else DEFAULT_WEIGHT


def _units(machine: Machine, before: Processors | None, count: int, least_units: float) -> float:
    """The entitlement: as declared; where it is as it was, or open, what its processors need at least."""
    lowest, highest = round(least_units * count, 2), float(count)
    if machine.cpu_quota is None:
        units = before.units if before is not None else max(lowest, 0.1 * count)
        return min(max(round(units, 2), lowest), highest)
    quota, period = machine.cpu_quota, machine.cpu_period or PERIOD
    units = round(quota / period, 2)
    if abs(units * period - quota) > 1e-6 * period:
        raise Refused(
            f"{machine.name}: a quota of {quota} in {period} is {quota / period:g} processing units",
            "these have two decimals: write a multiple of a hundredth of the period",
        )
    if before is not None and units == round(before.units, 2):
        return min(max(units, lowest), highest)
    if not lowest <= units <= highest:
        raise Refused(
            f"{machine.name}: {count} virtual processors cannot have {units:g} processing units",
            f"allowed: {lowest:g} to {highest:g}",
        )
    return units


def _mebibytes(name: str, kib: int) -> int:
    if kib % 1024:
        raise Refused(
            f"{name}: {kib} KiB of memory", "memory is in whole regions of the system, of many MiB each"
        )
    return kib // 1024
