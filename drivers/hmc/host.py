"""A console as an endpoint, and the systems that it manages as hosts."""

from __future__ import annotations

from collections.abc import Callable

from drivers.base import Capabilities, MachineType, Offer
from drivers.base.errors import NotFound
from drivers.hmc.client import HmcClient
from drivers.hmc.documents import ARCH, TYPE
from drivers.hmc.facets.lifecycle import HmcLifecycle
from drivers.hmc.facets.move import HmcMover
from drivers.hmc.facets.observe import HmcObserver
from drivers.hmc.facets.storage import HmcStorage
from drivers.hmc.facets.watch import HmcWatcher
from drivers.hmc.session import HmcSession
from drivers.hmc.system import ManagedSystem, SystemView, read_system
from drivers.hmc.uri import ConsolePlace
from specs.identity import Kind

FAMILY = "hmc"
_KINDS = frozenset({Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME})


class HmcHost:
    """One managed system (drivers.base.Host)."""

    live = None
    snapshots = None
    logs = None
    """A partition has one description, running or not: changing that is changing what runs (`lifecycle`)."""
    guest = None
    """The console knows no addresses but the RMC's, and a partition's console is a terminal of its own
    protocol."""

    def __init__(
        self, client: HmcClient, system: str, *, uri: str, called: str, release: Callable[[HmcHost], None]
    ) -> None:
        """`release` is called when the host is closed."""
        self.uri = uri
        self._client, self._system, self._release = client, system, release
        self.observe = HmcObserver(client, system, called)
        self.lifecycle = HmcLifecycle(client, system, called)
        self.storage = HmcStorage(client, system)
        self.move = HmcMover(client, system)
        self.watch = HmcWatcher(client, system)

    def capabilities(self) -> Capabilities:
        """What the system has to give."""
        system = SystemView(self._client, self._system).system
        return Capabilities(
            family=FAMILY,
            version=self.observe.version(),
            domain_types=(TYPE,),
            os_types=("hvm",),
            arch=ARCH,
            kinds=_KINDS,
            cpus=system.cpus,
            memory_kib=system.memory * 1024,
            memory_free_kib=system.memory_free * 1024,
        )

    def offers(self, machine: MachineType) -> Offer:
        """Nothing that it would refuse any other for."""
        return {}

    def close(self) -> None:
        """Lets go of the system; the last one closes the console's session."""
        self.watch.close()
        self._release(self)


class HmcEndpoint:
    """A console (drivers.base.Endpoint)."""

    def __init__(self, place: ConsolePlace, *, readonly: bool = False) -> None:
        """Connects at the first call."""
        self.uri, self._place = place.uri, place
        self._session = HmcSession(place, readonly=readonly)
        self._client = HmcClient(self._session)
        self._opened: list[HmcHost] = []

    def hosts(self) -> tuple[str, ...]:
        """The names of the systems that the console manages."""
        return tuple(sorted(each.name for each in self._systems()))

    def host(self, called: str, member: str = "") -> HmcHost:
        """The system of that name, else the one that the URI names, else the only one."""
        wanted, systems = member or self._place.system, self._systems()
        fitting = [each for each in systems if not wanted or wanted in (each.name, each.serial, each.uuid)]
        if len(fitting) != 1:
            known = ", ".join(sorted(each.name for each in systems)) or "none"
            told = f"manages no system '{wanted}'" if wanted else f"manages {len(systems)} systems"
            raise NotFound(f"the console of {self.uri} {told}", f"name one in the URI; there are: {known}")
        host = HmcHost(self._client, fitting[0].uuid, uri=self.uri, called=called, release=self._released)
        self._opened.append(host)
        return host

    def close(self) -> None:
        """Logs off."""
        for host in list(self._opened):
            host.close()
        self._session.close()

    def _systems(self) -> tuple[ManagedSystem, ...]:
        return tuple(read_system(each.element, each.uuid) for each in self._client.feed("/ManagedSystem"))

    def _released(self, host: HmcHost) -> None:
        if host in self._opened:
            self._opened.remove(host)
        if not self._opened:
            self._session.close()
