"""The Driver protocol over one libvirt connection."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import libvirt

from drivers.base import (
    AddressSource,
    Capabilities,
    Console,
    Content,
    Driver,
    GuestAddress,
    Inventory,
    Move,
    MoveProgress,
    NetworkSection,
    Observation,
    SectionCommand,
)
from drivers.errors import NotFound, Refused, Unsupported
from drivers.libvirt import console, devices, domains, guest, migrate, observe, storage, streams
from drivers.libvirt.capabilities import capabilities_of, identity_of, version_of
from drivers.libvirt.connection import Connection
from drivers.libvirt.errors import is_lost
from drivers.libvirt.observe import Found
from specs.desired import StopPolicy
from specs.identity import Kind

_SECTIONS = {
    NetworkSection.DHCP_HOST: libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST,
    NetworkSection.DHCP_RANGE: libvirt.VIR_NETWORK_SECTION_IP_DHCP_RANGE,
    NetworkSection.FORWARD_INTERFACE: libvirt.VIR_NETWORK_SECTION_FORWARD_INTERFACE,
    NetworkSection.PORTGROUP: libvirt.VIR_NETWORK_SECTION_PORTGROUP,
    NetworkSection.DNS_HOST: libvirt.VIR_NETWORK_SECTION_DNS_HOST,
    NetworkSection.DNS_TXT: libvirt.VIR_NETWORK_SECTION_DNS_TXT,
    NetworkSection.DNS_SRV: libvirt.VIR_NETWORK_SECTION_DNS_SRV,
}
_COMMANDS = {
    SectionCommand.ADD: libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST,
    SectionCommand.DELETE: libvirt.VIR_NETWORK_UPDATE_COMMAND_DELETE,
    SectionCommand.MODIFY: libvirt.VIR_NETWORK_UPDATE_COMMAND_MODIFY,
}
_PASSES: tuple[tuple[Kind, Callable[[libvirt.virConnect, bool], Iterator[Found]]], ...] = (
    (Kind.DOMAIN, lambda handle, _: observe.domains(handle)),
    (Kind.NETWORK, lambda handle, _: observe.networks(handle)),
    (Kind.STORAGE_POOL, lambda handle, _: observe.pools(handle)),
    (Kind.SECRET, lambda handle, readonly: observe.secrets(handle, readonly=readonly)),
    (Kind.NETWORK_FILTER, lambda handle, _: observe.filters(handle)),
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NO_SUCH_CALL = frozenset({libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_OPERATION_UNSUPPORTED})


class LibvirtDriver:
    """One host behind one libvirt URI (drivers.base.Driver)."""

    def __init__(
        self, uri: str, host: str, *, readonly: bool, credentials: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.uri, self.host = uri, host
        self._connection = Connection(uri, readonly=readonly, credentials=credentials)
        # Two networks defined at once can be given the same virbrN (networkBridgeNameValidate).
        self._naming = threading.Lock()

    def observe(self) -> Inventory:
        return self._connection.read(self._observe)

    def _observe(self, handle: libvirt.virConnect) -> Inventory:
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
                if is_lost(error) or error.get_error_code() not in _NO_SUCH_CALL:
                    raise
        whole = {key: seen for key, seen in objects.items() if key not in failures}
        return Inventory(self.host, version_of(handle), whole, failures, identity_of(handle))

    def observe_one(self, kind: Kind, name: str) -> Observation | None:
        try:
            return self._connection.read(lambda handle: self._one(handle, kind, name))
        except NotFound:
            return None

    def _one(self, handle: libvirt.virConnect, kind: Kind, name: str) -> Observation | None:
        if kind is Kind.VOLUME and not storage.split(name)[1]:
            return None
        found = self._lookup(handle, kind, name)
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
        return observe.filter_of(found)

    @staticmethod
    def _lookup(handle: libvirt.virConnect, kind: Kind, name: str) -> Any:
        """The libvirt object of that name; raises libvirtError when there is none."""
        if kind is Kind.DOMAIN:
            return handle.lookupByName(name)
        if kind is Kind.NETWORK:
            return handle.networkLookupByName(name)
        if kind is Kind.STORAGE_POOL:
            return handle.storagePoolLookupByName(name)
        if kind is Kind.VOLUME:
            return storage.volume(handle, name)
        if kind is Kind.NETWORK_FILTER:
            return handle.nwfilterLookupByName(name)
        usage, separator, identifier = name.partition(":")
        if not separator:
            if not _UUID.fullmatch(name):
                raise NotFound(
                    f"there is no secret {name}", "a secret is named 'usage-type:usage' or by UUID"
                )
            return handle.secretLookupByUUIDString(name)
        numbers = {word: number for number, word in observe.USAGES.items()}
        return handle.secretLookupByUsage(numbers.get(usage, 0), identifier)

    def _this(self, handle: libvirt.virConnect, kind: Kind, name: str, uuid: str) -> Any:
        """The libvirt object of that name, if it is the one with that UUID; what is done to it then is done
        by its UUID, whatever becomes of the name."""
        found = self._lookup(handle, kind, name)
        if uuid and found.UUIDString().lower() != uuid:
            raise Refused(f"'{name}' is another {kind} by now (UUID {found.UUIDString()})", "run plan again")
        return found

    def capabilities(self) -> Capabilities:
        return self._connection.read(capabilities_of)

    def define(self, kind: Kind, name: str, document: str) -> None:
        def call(handle: libvirt.virConnect) -> None:
            if kind is Kind.DOMAIN:
                domains.define(handle, name, document)
            elif kind is Kind.NETWORK:
                with self._naming:
                    handle.networkDefineXML(document)
            elif kind is Kind.STORAGE_POOL:
                handle.storagePoolDefineXML(document, 0)
            elif kind is Kind.VOLUME:
                storage.create_volume(handle, name, document)
            elif kind is Kind.SECRET:
                handle.secretDefineXML(document, 0)
            else:
                handle.nwfilterDefineXML(document)

        self._connection.write(call, kind)

    def undefine(self, kind: Kind, name: str, *, uuid: str = "", keep_state: bool = False) -> None:
        def call(handle: libvirt.virConnect) -> None:
            if kind is Kind.VOLUME:
                storage.delete_volume(handle, name)
                return
            found = self._this(handle, kind, name, uuid)
            if kind is Kind.DOMAIN:
                domains.undefine(found, keep_state=keep_state)
            else:
                if kind in (Kind.NETWORK, Kind.STORAGE_POOL) and found.isActive():
                    raise Refused(f"'{name}' is active: it is stopped before it is undefined")
                found.undefine()

        self._connection.write(call, kind)

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        def call(handle: libvirt.virConnect) -> None:
            if kind is Kind.DOMAIN:
                domains.start(handle, name, paused=paused)
                return
            found = self._lookup(handle, kind, name)
            if not found.isActive():
                create = partial(found.create, 0) if kind is Kind.STORAGE_POOL else found.create
                domains.unless(found.isActive, create)

        self._connection.write(call, kind)

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        def call(handle: libvirt.virConnect) -> None:
            found = self._this(handle, kind, name, uuid)
            if kind is Kind.DOMAIN:
                domains.stop(found, policy)
            elif found.isActive():
                domains.unless(lambda: not found.isActive(), found.destroy)

        self._connection.write(call, kind)

    def suspend(self, name: str) -> None:
        self._on_domain(name, domains.suspend)

    def resume(self, name: str) -> None:
        self._on_domain(name, domains.resume)

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        self._connection.write(
            lambda handle: self._lookup(handle, kind, name).setAutostart(int(autostart)), kind
        )

    def set_metadata(self, name: str, mark: str) -> None:
        self._connection.write(lambda handle: domains.set_mark(handle, name, mark), Kind.DOMAIN)

    def attach_device(self, name: str, device: str) -> None:
        self._on_domain(name, lambda domain: devices.attach(domain, device))

    def detach_device(self, name: str, device: str) -> None:
        self._on_domain(name, lambda domain: devices.detach(domain, device))

    def update_device(self, name: str, device: str) -> None:
        self._on_domain(name, lambda domain: devices.update(domain, device))

    def set_memory(self, name: str, kib: int) -> None:
        self._on_domain(name, lambda domain: devices.set_memory(domain, kib))

    def set_vcpus(self, name: str, count: int) -> None:
        self._on_domain(name, lambda domain: devices.set_vcpus(domain, count))

    def set_text(self, name: str, field: str, value: str) -> None:
        self._on_domain(name, lambda domain: devices.set_text(domain, field, value))

    def tune(self, name: str, path: str, value: str) -> None:
        self._on_domain(name, lambda domain: devices.tune(domain, path, value))

    def update_network(
        self, name: str, section: NetworkSection, command: SectionCommand, xml: str, parent: int = -1
    ) -> None:
        self._connection.write(
            lambda handle: handle.networkLookupByName(name).update(
                _COMMANDS[command], _SECTIONS[section], parent, xml, libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE
            ),
            Kind.NETWORK,
        )

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        self._connection.write(
            lambda handle: storage.build_pool(handle, name, overwrite=overwrite), Kind.STORAGE_POOL
        )

    def refresh_pool(self, name: str) -> None:
        self._connection.write(lambda handle: storage.refresh_pool(handle, name), Kind.STORAGE_POOL)

    def resize_volume(self, name: str, capacity: int) -> None:
        self._connection.write(lambda handle: storage.resize_volume(handle, name, capacity), Kind.VOLUME)

    def upload_volume(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        self._connection.write(lambda handle: streams.upload(handle, name, content, progress), Kind.VOLUME)

    def download_volume(self, name: str) -> Iterator[bytes | int]:
        return streams.download(self._connection, name)

    def clone_volume(self, name: str, document: str, source: str) -> None:
        self._connection.write(
            lambda handle: storage.clone_volume(handle, name, document, source), Kind.VOLUME
        )

    def addresses(self, name: str, source: AddressSource) -> tuple[GuestAddress, ...]:
        readonly = self._connection.readonly
        return self._connection.read(lambda handle: guest.addresses(handle, name, source, readonly=readonly))

    def agent_answers(self, name: str) -> bool:
        readonly = self._connection.readonly
        return self._connection.read(lambda handle: guest.agent_answers(handle, name, readonly=readonly))

    def console(self, name: str, device: str = "", *, force: bool = False) -> Console:
        return console.LibvirtConsole(self._connection.another(), name, device, force=force)

    def cpu_problem(self, domain: str) -> str:
        return self._connection.read(lambda handle: migrate.cpu_problem(handle, domain))

    def move_domain(
        self,
        name: str,
        destination: Driver,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        if not isinstance(destination, LibvirtDriver):
            raise Unsupported(f"a domain cannot move from {self.uri} to {destination.uri}")
        migrate.move_domain(self._connection, destination._connection, name, move, progress, cancel)

    def set_secret_value(self, name: str, value: bytes) -> None:
        self._connection.write(
            lambda handle: self._lookup(handle, Kind.SECRET, name).setValue(value, 0), Kind.SECRET
        )

    def secret_value(self, name: str) -> bytes | None:
        try:
            return self._connection.read(
                lambda handle: bytes(self._lookup(handle, Kind.SECRET, name).value())
            )
        except (Refused, Unsupported, NotFound):
            return None

    def close(self) -> None:
        self._connection.close()

    def _on_domain(self, name: str, call: Callable[[libvirt.virDomain], object]) -> None:
        self._connection.write(lambda handle: call(handle.lookupByName(name)), Kind.DOMAIN)
