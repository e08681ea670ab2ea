"""One host behind one libvirt connection."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.base import Capabilities, MachineType, Offer
from drivers.base.errors import NotFound
from drivers.libvirt.capabilities import capabilities_of
from drivers.libvirt.connection import Connection
from drivers.libvirt.facets.guest import LibvirtGuests
from drivers.libvirt.facets.lifecycle import LibvirtLifecycle
from drivers.libvirt.facets.live import LibvirtLive
from drivers.libvirt.facets.logs import LibvirtLogs
from drivers.libvirt.facets.move import LibvirtMover
from drivers.libvirt.facets.observe import LibvirtObserver
from drivers.libvirt.facets.snapshots import LibvirtSnapshots
from drivers.libvirt.facets.storage import LibvirtStorage
from drivers.libvirt.facets.watch import LibvirtWatcher
from drivers.libvirt.offers import offers_of
from specs.matrix import by_uri
from specs.matrix.model import Facet


class LibvirtHost:
    """A host with all facets but those that its hypervisor is known to lack (drivers.base.Host). Any other
    call that libvirt does not have for it is Unsupported when it is made."""

    def __init__(self, connection: Connection, called: str) -> None:
        """`called` is what the fleet calls the host."""
        self.uri = connection.uri
        self._connection = connection
        self.observe = LibvirtObserver(connection, called)
        self.watch = LibvirtWatcher(connection)
        self.lifecycle = LibvirtLifecycle(connection)
        self.live = LibvirtLive(connection)
        had = by_uri(connection.uri).facets
        self.storage = LibvirtStorage(connection) if Facet.STORAGE in had else None
        self.guest = LibvirtGuests(connection)
        self.move = LibvirtMover(connection) if Facet.MOVE in had else None
        self.snapshots = LibvirtSnapshots(connection) if Facet.SNAPSHOTS in had else None
        self.logs = LibvirtLogs(connection) if Facet.LOGS in had else None

    def capabilities(self) -> Capabilities:
        """What the host can do."""
        return self._connection.read(capabilities_of)

    def offers(self, machine: MachineType) -> Offer:
        """The models of devices that its hypervisor knows for a machine type."""
        return self._connection.read(lambda handle: offers_of(handle, machine))

    def close(self) -> None:
        """Closes the connection for good."""
        self._connection.close()


class LibvirtEndpoint:
    """A libvirt daemon, which is one host (drivers.base.Endpoint)."""

    def __init__(
        self, uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Connects at once; Unreachable when it does not answer or let us in."""
        self.uri = uri
        self._connection = Connection(uri, readonly=readonly, credentials=credentials)

    def hosts(self) -> tuple[str, ...]:
        """The one host, by its own host name."""
        return (self._connection.read(lambda handle: str(handle.getHostname())),)

    def host(self, called: str, member: str = "") -> LibvirtHost:
        """The host; NotFound when it is another one than `member`."""
        if member and (member,) != self.hosts():
            raise NotFound(f"{self.uri} is not the host {member}")
        return LibvirtHost(self._connection, called)

    def close(self) -> None:
        """Closes the connection for good."""
        self._connection.close()
