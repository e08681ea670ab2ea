"""One look at a managed system: its partitions with their adapters, its networks, and its Virtual I/O
Servers with what they hold and lend. Each part is asked for when it is first needed, and once.

IBM: "Managed System" and the feeds below it. A partition's adapters have a feed of its own, so these are
asked for side by side."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from drivers.base.errors import NotFound, Unreachable
from drivers.hmc.adapters import EthernetAdapter, read_adapter
from drivers.hmc.atom import AtomEntry
from drivers.hmc.client import HmcClient
from drivers.hmc.elements import Element, decimal, find, integer, text
from drivers.hmc.mappings import StorageMapping, read_mappings
from drivers.hmc.networks import (
    NetworkBridge,
    VirtualNetwork,
    VirtualSwitch,
    read_bridge,
    read_network,
    read_switch,
)
from drivers.hmc.partition import Partition, read_partition
from drivers.hmc.storage import StorageGroup, read_group, read_media, read_physical

_AT_ONCE = 6
"""Feeds that a console is asked for side by side."""
SERVER_GROUPS = ("ViosSCSIMapping", "ViosStorage")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedSystem:
    """A machine that the console manages; memory in MiB, `region` the step that a partition's memory has."""

    uuid: str
    name: str
    serial: str
    state: str
    region: int
    memory: int
    memory_free: int
    cpus: int
    least_units: float
    can_move: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IoServer:
    """A Virtual I/O Server: what it lends, and its physical volumes."""

    uuid: str
    name: str
    mappings: tuple[StorageMapping, ...]
    physical: StorageGroup


def read_system(element: Element, uuid: str) -> ManagedSystem:
    """What the console says of a system."""
    memory = "AssociatedSystemMemoryConfiguration/"
    processors = "AssociatedSystemProcessorConfiguration/"
    capabilities = "AssociatedSystemCapabilities/"
    return ManagedSystem(
        uuid=uuid,
        name=text(element, "SystemName"),
        serial=_serial(element),
        state=text(element, "State"),
        region=integer(element, memory + "MemoryRegionSize", 256) or 256,
        memory=integer(element, memory + "ConfigurableSystemMemory"),
        memory_free=integer(element, memory + "CurrentAvailableSystemMemory"),
        cpus=int(decimal(element, processors + "ConfigurableSystemProcessorUnits")),
        least_units=decimal(element, processors + "MinimumProcessorUnitsPerVirtualProcessor", 0.1),
        can_move=text(element, capabilities + "ActiveLogicalPartitionMobilityCapable") == "true",
    )


class SystemView:
    """What there is on one system, as it is being asked for."""

    def __init__(self, client: HmcClient, uuid: str) -> None:
        """Asks for nothing yet."""
        self.client, self.uuid = client, uuid
        self.path = f"/ManagedSystem/{uuid}"
        self.unreadable: dict[str, str] = {}
        """Partitions that are there and make no sense, and why, once all have been looked at."""

    @cached_property
    def system(self) -> ManagedSystem:
        """The system itself."""
        return read_system(self.client.entry(self.path).element, self.uuid)

    @cached_property
    def partitions(self) -> tuple[Partition, ...]:
        """All partitions that can be read, but the one that manages the system (PowerVM's own), which is
        nobody's guest. Virtual I/O Servers are another kind of resource, and none of these."""
        found = []
        for entry in self.client.feed(f"{self.path}/LogicalPartition"):
            try:
                found.append(read_partition(entry.element))
            except Unreachable as problem:
                self.unreadable[text(entry.element, "PartitionName", entry.uuid)] = problem.message
        return tuple(each for each in found if not each.is_manager)

    @cached_property
    def uuids(self) -> dict[str, str]:
        """The UUIDs of all partitions by their names, from the console's short list."""
        found = self.client.quick(f"{self.path}/LogicalPartition")
        return {each.get("PartitionName", ""): each.get("UUID", "").lower() for each in found}

    def partition(self, name: str) -> Partition | None:
        """The partition of a name, read by itself."""
        uuid = self.uuids.get(name)
        if not uuid:
            return None
        try:
            found = read_partition(self.client.entry(f"/LogicalPartition/{uuid.upper()}").element)
        except NotFound:
            return None
        return None if found.is_manager or found.name != name else found

    def adapters(self, partition: Partition) -> tuple[EthernetAdapter, ...]:
        """A partition's Ethernet adapters, in the order of their slots."""
        path = f"/LogicalPartition/{partition.uuid.upper()}/ClientNetworkAdapter"
        found = (read_adapter(each.element, each.uuid) for each in self.client.feed(path))
        return tuple(sorted(found, key=lambda each: each.slot))

    def adapters_of(self, partitions: Iterable[Partition]) -> dict[str, tuple[EthernetAdapter, ...]]:
        """The adapters of many partitions, by their UUIDs."""
        wanted = list(partitions)
        with ThreadPoolExecutor(_AT_ONCE) as workers:
            return dict(zip((each.uuid for each in wanted), workers.map(self.adapters, wanted), strict=True))

    @cached_property
    def switches(self) -> tuple[VirtualSwitch, ...]:
        """The virtual switches."""
        return tuple(read_switch(each.element, each.uuid) for each in self._feed("VirtualSwitch"))

    @cached_property
    def networks(self) -> tuple[VirtualNetwork, ...]:
        """The virtual networks."""
        return tuple(read_network(each.element, each.uuid) for each in self._feed("VirtualNetwork"))

    @cached_property
    def bridges(self) -> tuple[NetworkBridge, ...]:
        """The bridges to the world."""
        return tuple(read_bridge(each.element, each.uuid) for each in self._feed("NetworkBridge"))

    @cached_property
    def servers(self) -> tuple[IoServer, ...]:
        """The Virtual I/O Servers."""
        return tuple(
            _server(each) for each in self.client.feed(f"{self.path}/VirtualIOServer", *SERVER_GROUPS)
        )

    @cached_property
    def groups(self) -> tuple[StorageGroup, ...]:
        """All pools: volume groups, media repositories, physical volumes."""
        found: list[StorageGroup] = []
        for server in self.servers:
            for each in self.client.feed(f"/VirtualIOServer/{server.uuid}/VolumeGroup"):
                path = f"/VirtualIOServer/{server.uuid}/VolumeGroup/{each.uuid}"
                found.append(
                    read_group(
                        each.element, server=server.uuid, server_name=server.name, uuid=each.uuid, path=path
                    )
                )
                media = read_media(each.element, server=server.uuid, server_name=server.name, path=path)
                found.extend([media] if media is not None else [])
            found.append(server.physical)
        return tuple(found)

    def mappings(self, partition: Partition) -> tuple[StorageMapping, ...]:
        """What all servers lend to a partition."""
        return tuple(
            each for server in self.servers for each in server.mappings if each.partition == partition.number
        )

    def group(self, name: str) -> StorageGroup | None:
        """The pool of a name."""
        return next((each for each in self.groups if each.name == name), None)

    def switch(self, number: int) -> VirtualSwitch | None:
        """The switch of a number."""
        return next((each for each in self.switches if each.number == number), None)

    def href(self, kind: str, uuid: str) -> str:
        """What something of the system is referred to by."""
        return f"{self.client.session.place.address}/rest/api/uom{self.path}/{kind}/{uuid}"

    def _feed(self, kind: str) -> tuple[AtomEntry, ...]:
        return self.client.feed(f"{self.path}/{kind}")


def _server(entry: AtomEntry) -> IoServer:
    name = text(entry.element, "PartitionName")
    return IoServer(
        uuid=entry.uuid,
        name=name,
        mappings=read_mappings(entry.element, entry.uuid),
        physical=read_physical(entry.element, uuid=entry.uuid, name=name),
    )


def _serial(element: Element) -> str:
    """Machine type, model and serial number, as the console writes them ('8247-22L*2125D4A')."""
    found = find(element, "MachineTypeModelAndSerialNumber")
    if found is None:
        return ""
    return f"{text(found, 'MachineType')}-{text(found, 'Model')}*{text(found, 'SerialNumber')}"
