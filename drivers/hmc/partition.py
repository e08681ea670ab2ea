"""A logical partition in the console's own description: read, made, and edited in place.

IBM: "Logical Partition"; the order of the elements as in pypowervm's base_partition and logical_partition.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.base.errors import Unreachable
from drivers.hmc.elements import Element, add, boolean, find, integer, link, made, place, put, text
from drivers.hmc.processors import Processors, read_processors, write_processors

AIX_LINUX, IBM_I = "AIX/Linux", "OS400"
OFF = "not activated"
"""The state of a partition that has no resources (PartitionState)."""
FAILED = "error"

_TAIL = (
    "AssociatedGroups", "PowerOnWithHypervisor", "AssociatedTasks", "Description",
    "MigrationStorageViosDataStatus", "MigrationStorageViosDataTimestamp", "RemoteRestartCapable",
    "SimplifiedRemoteRestartCapable", "HasDedicatedProcessorsForMigration", "SuspendCapable",
    "MigrationDisable", "MigrationState", "RemoteRestartState", "PrimaryPagingServicePartition",
    "PowerManagementMode", "SecondaryPagingServicePartition", "UsesHighSpeedLinkOpticonnect",
    "UsesVirtualOpticonnect", "VirtualFibreChannelClientAdapters", "VirtualSCSIClientAdapters",
    "IsRestrictedIOPartition", "StorageDeviceUniqueDeviceID", "DesignatedIPLSource",
    "DedicatedVirtualNICs", "BootListInformation",
)  # fmt: skip
_HEAD = (
    "AllowPerformanceDataCollection", "AssociatedPartitionProfile", "AvailabilityPriority",
    "CurrentAllocatedBarrierSynchronizationRegisterArrays", "CurrentProcessorCompatibilityMode",
    "CurrentProfileSync", "Hostname", "IsBootable", "IsCallHomeEnabled", "IsConnectionMonitoringEnabled",
    "IsOperationInProgress", "IsRedundantErrorPathReportingEnabled", "PartitionCapabilities", "PartitionID",
    "PartitionIOConfiguration", "PartitionMemoryConfiguration", "PartitionName",
)  # fmt: skip
_MEMORY = (
    "DesiredMemory", "ExpansionFactor", "HardwarePageTableRatio", "MaximumHugePageCount", "MaximumMemory",
    "MinimumHugePageCount", "MinimumMemory", "CurrentMemory", "RuntimeMemory",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition. Memory is in MiB: what it has, and between what it can change while it runs. `talks` tells
    whether its guest answers the console (RMC), without which nothing is added to it or taken from it while
    it runs."""

    name: str
    uuid: str
    number: int
    environment: str
    state: str
    memory: int
    memory_most: int
    memory_least: int
    processors: Processors
    autostart: bool | None
    talks: bool
    profile: str
    is_manager: bool

    @property
    def is_off(self) -> bool:
        """Whether it has no resources, and anything of it can be changed."""
        return self.state == OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionWish:
    """What a partition shall be: its memory in MiB."""

    name: str
    environment: str
    memory: int
    memory_most: int
    processors: Processors


def read_partition(element: Element) -> Partition:
    """What the console says of a partition. Raises Unreachable where it makes no sense."""
    memory, processing = find(element, "PartitionMemoryConfiguration"), _processing(element)
    if memory is None or processing is None:
        raise Unreachable(f"the console says nothing of the memory of '{text(element, 'PartitionName')}'")
    amount = integer(memory, "DesiredMemory")
    return Partition(
        name=text(element, "PartitionName"),
        uuid=text(element, "PartitionUUID").lower(),
        number=integer(element, "PartitionID"),
        environment=text(element, "PartitionType", AIX_LINUX),
        state=text(element, "PartitionState", OFF),
        memory=amount,
        memory_most=max(amount, integer(memory, "MaximumMemory")),
        memory_least=min(amount, integer(memory, "MinimumMemory")),
        processors=read_processors(processing),
        autostart=boolean(element, "PowerOnWithHypervisor"),
        talks=text(element, "ResourceMonitoringControlState") == "active",
        profile=link(find(element, "AssociatedPartitionProfile")),
        is_manager=boolean(element, "IsManagementPartition") is True,
    )


def new_partition(wish: PartitionWish, region: int, least_units: float) -> Element:
    """A partition as it is asked for; the console keeps its profile in step with it (CurrentProfileSync)."""
    root = made("LogicalPartition", root=True)
    add(root, "CurrentProfileSync", "On")
    memory = made("PartitionMemoryConfiguration")
    root.append(memory)
    add(memory, "DesiredMemory", str(wish.memory))
    add(memory, "MaximumMemory", str(wish.memory_most))
    add(memory, "MinimumMemory", str(least_memory(wish, region)))
    add(root, "PartitionName", wish.name)
    processing = made("PartitionProcessorConfiguration")
    root.append(processing)
    write_processors(processing, wish.processors, least_units)
    add(root, "PartitionType", wish.environment)
    add(root, "PowerOnWithHypervisor", "false")
    return root


def least_memory(wish: PartitionWish, region: int) -> int:
    """What a new partition can be shrunk to while it runs: 1/64 of its maximum at least (IBM: the hardware
    page table is made for the maximum), in whole regions."""
    needed = -(-wish.memory_most // (64 * region)) * region
    return min(wish.memory, needed)


def edit_partition(element: Element, wish: PartitionWish, region: int, least_units: float) -> bool:
    """Makes a partition as it shall be; whether that changed it. Its profile is kept in step from then on."""
    memory, processing = find(element, "PartitionMemoryConfiguration"), _processing(element)
    assert memory is not None, "read_partition saw to it"
    assert processing is not None, "read_partition saw to it"
    changed = [
        put(element, "PartitionName", wish.name, _HEAD),
        put(memory, "DesiredMemory", str(wish.memory), _MEMORY),
        put(memory, "MaximumMemory", str(wish.memory_most), _MEMORY),
        write_processors(processing, wish.processors, least_units),
    ]
    if integer(memory, "MinimumMemory") > wish.memory:
        changed.append(put(memory, "MinimumMemory", str(least_memory(wish, region)), _MEMORY))
    if any(changed):
        put(element, "CurrentProfileSync", "On", _HEAD)
    return any(changed)


def rename_partition(element: Element, name: str) -> bool:
    """Gives a partition another name; whether that changed it."""
    return put(element, "PartitionName", name, _HEAD)


def set_autostart(element: Element, autostart: bool) -> bool:
    """Sets whether a partition starts with its system; whether that changed it."""
    found = find(element, "PowerOnWithHypervisor")
    wanted = str(autostart).lower()
    if found is not None:
        return put(element, "PowerOnWithHypervisor", wanted, _TAIL)
    place(element, add(element, "PowerOnWithHypervisor", wanted), _TAIL)
    return True


def _processing(element: Element) -> Element | None:
    return find(element, "PartitionProcessorConfiguration")
