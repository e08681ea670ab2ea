"""What is on a libvirt host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import libvirt

from drivers.base import EVERYTHING, NOTHING_KNOWN, Belonging, Inventory, Knowledge, Observation
from drivers.base.errors import NotFound
from drivers.libvirt import observe, removal, storage
from drivers.libvirt.block_jobs import block_jobs
from drivers.libvirt.capabilities import identity_of, version_of
from drivers.libvirt.connection import Connection
from drivers.libvirt.errors import absent_daemon, is_lost, translated
from drivers.libvirt.kinds import CALLS
from drivers.libvirt.lookup import lookup
from drivers.libvirt.observe import Found
from specs.identity import Kind

_PASSES: tuple[tuple[Kind, Callable[[libvirt.virConnect, bool], Iterator[Found]]], ...] = (
    (Kind.DOMAIN, lambda handle, _: observe.domains(handle)),
    (Kind.NETWORK, lambda handle, _: observe.networks(handle)),
    (Kind.STORAGE_POOL, lambda handle, _: observe.pools(handle)),
    (Kind.SECRET, lambda handle, readonly: observe.secrets(handle, readonly=readonly)),
    *(
        (kind, lambda handle, _, kind=kind: observe.plain(handle, kind))
        for kind, calls in CALLS.items()
        if calls.every
    ),
)
"""Kind → what looks at all of it; volumes are seen with their pools."""
_NO_SUCH_CALL = frozenset({libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_OPERATION_UNSUPPORTED})


def _looked_at_with(kind: Kind) -> tuple[Kind, ...]:
    return (kind, Kind.VOLUME) if kind is Kind.STORAGE_POOL else (kind,)


class LibvirtObserver:
    """drivers.base.Observer."""

    def __init__(self, connection: Connection, called: str) -> None:
        """`called` is what the fleet calls the host."""
        self._connection, self._called = connection, called

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        """Everything, kind by kind."""
        return self._connection.read(self._inventory)

    def one(self, kind: Kind, name: str) -> Observation | None:
        """One object, its state asked for directly."""
        try:
            return self._connection.read(lambda handle: self._one(handle, kind, name))
        except NotFound:
            return None

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        """What would go with a domain's definition."""
        try:
            return self._connection.read(lambda handle: removal.lost_with(handle.lookupByName(domain)))
        except NotFound:
            return {}

    def jobs(self, domain: str) -> tuple[str, ...]:
        """What is being done with a domain's disks."""
        try:
            return self._connection.read(lambda handle: tuple(block_jobs(handle.lookupByName(domain))))
        except NotFound:
            return ()

    def _inventory(self, handle: libvirt.virConnect) -> Inventory:
        objects: dict[tuple[Kind, str], Observation] = {}
        failures: dict[tuple[Kind, str], str] = {}
        for kind, look in _PASSES:
            try:
                for found in look(handle, self._connection.readonly):
                    if isinstance(found, Observation) and (found.kind, found.name) in objects:
                        failures[found.kind, found.name] = "two objects have this name"
                    elif isinstance(found, Observation):
                        objects[found.kind, found.name] = found
                    else:
                        inside = kind is Kind.STORAGE_POOL and "/" in found[0]
                        failures[Kind.VOLUME if inside else kind, found[0]] = found[1]
            except libvirt.libvirtError as error:
                if kind is not Kind.DOMAIN and absent_daemon(error):
                    told = str(translated(error))
                    failures |= {(each, EVERYTHING): told for each in _looked_at_with(kind)}
                elif is_lost(error) or error.get_error_code() not in _NO_SUCH_CALL:
                    raise
        whole = {key: seen for key, seen in objects.items() if key not in failures}
        return Inventory(self._called, version_of(handle), whole, failures, identity_of(handle))

    def _one(self, handle: libvirt.virConnect, kind: Kind, name: str) -> Observation | None:
        if kind is Kind.VOLUME and not storage.split(name)[1]:
            return None
        found = lookup(handle, kind, name)
        if kind is Kind.DOMAIN:
            return observe.one_domain(found)
        if kind in (Kind.NETWORK, Kind.STORAGE_POOL):
            active, persistent = bool(found.isActive()), bool(found.isPersistent())
            autostart = bool(found.autostart()) if persistent else False
            build = observe.network_of if kind is Kind.NETWORK else observe.pool_of
            return build(found, active, autostart, persistent)
        if kind is Kind.VOLUME:
            return observe.volume_of(found, name)
        if kind is Kind.SECRET:
            return observe.secret_of(found, readonly=self._connection.readonly)
        return observe.plain_of(kind, found)
