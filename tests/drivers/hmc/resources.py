"""What a console of the tests holds: resources with ETags, made of what real consoles answered."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from drivers.hmc.elements import UOM, Element, add, drop, every, find, integer, link, put, text, walk
from drivers.hmc.partition import set_autostart
from tests.drivers.hmc.recorded import element

SYSTEMS = {
    "server1": "c889bf0d-9996-33ac-84c5-d16727083a77",
    "server2": "c889bf0d-9996-33ac-84c5-d16727083a78",
}
SWITCH = "ETHERNET0(Default)"


@dataclass
class Resource:
    """One resource: of which kind, below which other, and how often it changed (its ETag)."""

    kind: str
    uuid: str
    parent: str
    element: Element
    changes: int = 1

    @property
    def etag(self) -> str:
        return str(hash((self.uuid, self.changes)) % (1 << 31))


@dataclass
class Resources:
    """All that a console knows, by UUID (in small letters)."""

    all: dict[str, Resource] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, parent: str, content: Element, own: str = "") -> Resource:
        found = Resource(kind, own or str(uuid.uuid4()), parent.lower(), content)
        for atom in content.iter(f"{{{UOM}}}AtomID"):
            atom.text = found.uuid
            break
        self.all[found.uuid.lower()] = found
        return found

    def of(self, kind: str, parent: str = "") -> list[Resource]:
        above = parent.lower()
        found = (each for each in self.all.values() if each.kind == kind)
        return [each for each in found if not above or above in (self.system_of(each), each.parent)]

    def system_of(self, resource: Resource) -> str:
        """The system that a resource is on, which may be its parent's."""
        above = self.all.get(resource.parent)
        return resource.parent if above is None or above.kind == "ManagedSystem" else above.parent

    def partition(self, name: str, system: str = "") -> Resource | None:
        found = self.of("LogicalPartition", system)
        return next((each for each in found if text(each.element, "PartitionName") == name), None)

    def next_number(self, system: str) -> int:
        self.numbers[system] = self.numbers.get(system, 9) + 1
        return self.numbers[system]

    def mappings(self, system: str, number: int) -> Iterator[tuple[Resource, Element]]:
        for server in self.of("VirtualIOServer", system):
            for each in every(server.element, "VirtualSCSIMappings/VirtualSCSIMapping"):
                if integer(each, "ClientAdapter/LocalPartitionID") == number:
                    yield server, each


def seeded() -> Resources:
    """Two systems that look the same: a server with a volume group and physical volumes, a switch, a network
    bridge."""
    found = Resources()
    found.add("ManagementConsole", "", element("managementconsole.txt"))
    for number, (name, own) in enumerate(SYSTEMS.items(), 1):
        system = element("fake_managedsystem.txt")
        put(system, "SystemName", name, ())
        serial = find(system, "MachineTypeModelAndSerialNumber/SerialNumber")
        assert serial is not None
        serial.text = f"2125D{number}A"
        found.add("ManagedSystem", "", system, own)
        _network(found, own)
        _storage(found, own, number)
    return found


def _network(found: Resources, system: str) -> None:
    switch = element("nbbr_virtual_switch.txt")
    drop(switch, "VirtualNetworks")
    found.add("VirtualSwitch", system, switch)
    bridge = element("nbbr_network_bridge.txt")
    for group in walk(bridge, "LoadGroup"):
        drop(group, "VirtualNetworks")
    found.add("NetworkBridge", system, bridge)


def _storage(found: Resources, system: str, number: int) -> None:
    server = element("fake_vios_mappings.txt")
    put(server, "PartitionName", f"vios{number}", ())
    holder = find(server, "VirtualSCSIMappings")
    assert holder is not None
    for each in every(holder, "VirtualSCSIMapping"):
        holder.remove(each)
    for tag in (
        "VirtualFibreChannelMappings",
        "FreeIOAdaptersForLinkAggregation",
        "PartitionIOConfiguration/ProfileIOSlots",
    ):
        long = find(server, tag)
        assert long is not None
        for each in list(long):  # nobody's business here
            long.remove(each)
    volumes = find(server, "PhysicalVolumes")
    assert volumes is not None
    for each in list(volumes):
        volumes.remove(each)
    for at in (3, 4):
        volume = add(volumes, "PhysicalVolume")
        for tag, value in (
            ("UniqueDeviceID", f"01M{system}{at}"),
            ("AvailableForUsage", "true"),
            ("VolumeCapacity", "20480"),
            ("VolumeName", f"hdisk{at}"),
        ):
            add(volume, tag, value)
    own = str(uuid.uuid5(uuid.NAMESPACE_OID, system)).upper()
    found.add("VirtualIOServer", system, server, own)
    group = deepcopy(element("fake_volume_group_with_vio_data.txt"))
    put(group, "GroupName", "datavg", ())
    found.add("VolumeGroup", own, group)


def new_lpar(sent: Element, own: str, number: int) -> Element:
    """What a console makes of a partition that it is asked for: as a real one describes such, with these
    values."""
    made = element("lpar.txt", 1)
    for tag in ("PartitionMemoryConfiguration", "PartitionProcessorConfiguration"):
        old, new = find(made, tag), find(sent, tag)
        assert old is not None
        assert new is not None
        made.replace(old, deepcopy(new))
    put(made, "PartitionName", text(sent, "PartitionName"), ())
    put(made, "PartitionType", text(sent, "PartitionType"), ())
    put(made, "PartitionID", str(number), ())
    put(made, "PartitionUUID", own, ())
    put(made, "PartitionState", "not activated", ())
    put(made, "ResourceMonitoringControlState", "inactive", ())
    put(made, "CurrentProfileSync", text(sent, "CurrentProfileSync"), ())
    set_autostart(made, text(sent, "PowerOnWithHypervisor") == "true")
    return made


def referred(holder: Element | None) -> str:
    """The UUID that an element refers to."""
    return link(holder).lower()
