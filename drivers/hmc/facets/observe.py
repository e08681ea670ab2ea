"""What is on a managed system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drivers.base import NOTHING_KNOWN, Belonging, Inventory, Knowledge, Observation
from drivers.base.errors import DriverError, Unreachable
from drivers.base.machine import machine_identity
from drivers.base.observation import EVERYTHING
from drivers.hmc.adapters import EthernetAdapter
from drivers.hmc.client import HmcClient
from drivers.hmc.elements import text, walk
from drivers.hmc.networks import native_network
from drivers.hmc.partition import FAILED, OFF, Partition
from drivers.hmc.storage import StorageGroup, native_pool, native_volume
from drivers.hmc.system import SystemView
from drivers.hmc.wiring import observed_machine
from drivers.native import holding_document, machine_document
from specs.desired import PowerState
from specs.identity import Kind

_PAUSED = frozenset({"suspended", "suspending"})


class HmcObserver:
    """drivers.base.Observer."""

    def __init__(self, client: HmcClient, system: str, called: str) -> None:
        """`called` is what the fleet calls the host."""
        self._client, self._system, self._called = client, system, called
        self._version = ""

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        """Everything: a feed for each kind of resource, and one for each partition's adapters. The console's
        ETag of a partition says nothing of its adapters and disks, so there is no stamp."""
        view = SystemView(self._client, self._system)
        failures: dict[tuple[Kind, str], str] = {}
        objects: dict[tuple[Kind, str], Observation] = {}
        for kinds, look in (
            ((Kind.NETWORK,), _networks),
            ((Kind.STORAGE_POOL, Kind.VOLUME), _storage),
            ((Kind.DOMAIN,), _domains),
        ):
            try:
                objects.update({(each.kind, each.name): each for each in look(view)})
            except Unreachable:
                raise
            except DriverError as error:  # a server that is down: what it holds is not to be taken for absent
                failures.update({(kind, EVERYTHING): error.message for kind in kinds})
        failures.update({(Kind.DOMAIN, name): why for name, why in view.unreadable.items()})
        identity = machine_identity("hmc", view.system.serial or self._system)
        return Inventory(self._called, self.version(), objects, failures, identity)

    def one(self, kind: Kind, name: str) -> Observation | None:
        """One object read again."""
        view = SystemView(self._client, self._system)
        if kind is Kind.DOMAIN:
            partition = view.partition(name)
            return None if partition is None else _domain(view, partition, view.adapters(partition))
        look = {Kind.NETWORK: _networks, Kind.STORAGE_POOL: _storage, Kind.VOLUME: _storage}.get(kind)
        found = look(view) if look is not None else iter(())
        return next((each for each in found if (each.kind, each.name) == (kind, name)), None)

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        """Nothing: a partition's NVRAM goes with it, and holds no more than its boot list."""
        SystemView(self._client, self._system).partition(domain)
        return {}

    def jobs(self, domain: str) -> tuple[str, ...]:
        """Nothing: the console does nothing with the disks of a partition that runs."""
        self._client.session.check_open()
        return ()

    def version(self) -> str:
        """'HMC V10R3 1060': what the console calls its own software."""
        if not self._version:
            found = self._client.feed("/ManagementConsole")
            level = next((each for entry in found for each in walk(entry.element, "VersionInfo")), None)
            words = (
                ()
                if level is None
                else tuple(text(level, each) for each in ("Version", "Release", "Maintenance"))
            )
            version, release, maintenance = words or ("", "", "")
            self._version = f"HMC V{version}R{release} {maintenance}".strip() if version else "HMC"
        return self._version


def power_of(partition: Partition) -> PowerState:
    """Whether a partition runs. One that failed has no guest that runs; one on its way down has."""
    if partition.state in (OFF, FAILED):
        return PowerState.STOPPED
    return PowerState.PAUSED if partition.state in _PAUSED else PowerState.RUNNING


def _domains(view: SystemView) -> Iterator[Observation]:
    adapters = view.adapters_of(view.partitions)
    for partition in view.partitions:
        yield _domain(view, partition, adapters[partition.uuid])


def _domain(view: SystemView, partition: Partition, adapters: tuple[EthernetAdapter, ...]) -> Observation:
    return Observation(
        Kind.DOMAIN,
        partition.name,
        machine_document(observed_machine(view, partition, adapters)),
        power=power_of(partition),
        autostart=partition.autostart,
    )


def _networks(view: SystemView) -> Iterator[Observation]:
    """Networks and pools are there as long as their system is: nobody starts them."""
    led = frozenset(each for bridge in view.bridges for each in bridge.networks)
    for network in view.networks:
        switch = view.switch(network.switch)
        native = native_network(network, switch.name if switch else "", bridged=network.uuid in led)
        yield Observation(Kind.NETWORK, network.name, holding_document(native))


def _storage(view: SystemView) -> Iterator[Observation]:
    for group in view.groups:
        yield Observation(Kind.STORAGE_POOL, group.name, holding_document(native_pool(group)))
        yield from _volumes(group)


def _volumes(group: StorageGroup) -> Iterator[Observation]:
    for thing in group.things:
        document = holding_document(native_volume(thing))
        yield Observation(Kind.VOLUME, f"{group.name}/{thing.name}", document)
