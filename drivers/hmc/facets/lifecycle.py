"""Defining, starting, stopping and removing on a managed system."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from drivers.base.belongings import Belonging
from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.hmc import definer, holdings, power
from drivers.hmc.asked import asked_machine, asked_network, asked_volume
from drivers.hmc.client import HmcClient
from drivers.hmc.definer import partition_path
from drivers.hmc.networks import VirtualNetwork
from drivers.hmc.partition import Partition, rename_partition, set_autostart
from drivers.hmc.storage import StorageGroup, StoredThing
from drivers.hmc.system import SystemView
from specs.desired import StopPolicy
from specs.identity import Kind


class HmcLifecycle:
    """drivers.base.Lifecycle."""

    def __init__(self, client: HmcClient, system: str, called: str) -> None:
        """Of one system of a console, which the fleet calls so."""
        self._client, self._system, self._called = client, system, called

    def define(self, kind: Kind, name: str, document: str) -> None:
        """Creates or changes; a virtual disk is created."""
        view = self._change(f"define {name}")
        if kind is Kind.DOMAIN:
            self._define_domain(view, name, document)
        elif kind is Kind.NETWORK:
            wanted = asked_network(name, document, self._called)
            there = next((each for each in view.networks if each.name == name), None)
            _check_uuid(kind, name, wanted.uuid or "", there.uuid if there else "", frozenset())
            holdings.define_network(view, wanted, there)
        elif kind is Kind.VOLUME:
            pool, _, disk = name.partition("/")
            holdings.create_disk(view, _group(view, pool), asked_volume(disk, document, self._called))
        else:
            _unsupported(kind, "defined: volume groups are made on their Virtual I/O Server")

    def undefine(
        self, kind: Kind, name: str, *, uuid: str = "", discards: Collection[Belonging] = ()
    ) -> None:
        """Removes what is inactive; a virtual disk with its data."""
        view = self._change(f"undefine {name}")
        if kind is Kind.DOMAIN:
            partition = _partition(view, name, uuid)
            if not partition.is_off:
                raise Refused(f"'{name}' is {partition.state}", "stop it first")
            definer.remove(view, partition)
        elif kind is Kind.NETWORK:
            holdings.remove_network(view, _network(view, name, uuid))
        elif kind is Kind.VOLUME:
            holdings.remove_disk(view, *_thing(view, name))
        else:
            _unsupported(kind, "removed")

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        """Activates a partition; what else there is, is active as long as it is there."""
        view = self._change(f"start {name}")
        if kind is not Kind.DOMAIN:
            return _there(view, kind, name, "started")
        if paused:
            raise Unsupported("a partition does not start paused")
        return power.activate(self._client, _partition(view, name))

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        """Shuts a partition down."""
        view = self._change(f"stop {name}")
        if kind is not Kind.DOMAIN:
            _unsupported(kind, "stopped: it is there as long as its system is")
        power.shut_down(self._client, _partition(view, name, uuid), policy)

    def suspend(self, name: str) -> None:
        """Partitions are not paused any more: POWER10 has no suspend (IBM: "Suspending logical
        partitions")."""
        _partition(self._change(f"suspend {name}"), name)
        raise Unsupported("a partition is not paused")

    def resume(self, name: str) -> None:
        """See `suspend`."""
        _partition(self._change(f"resume {name}"), name)
        raise Unsupported("a partition is not paused, and so goes on by itself")

    def rename(self, name: str, new_name: str, *, uuid: str = "") -> None:
        """Gives a stopped partition another name."""
        view = self._change(f"rename {name}")
        if view.partition(name) is None and uuid and _is(view.partition(new_name), uuid):
            return
        partition = _partition(view, name, uuid)
        if not partition.is_off:
            raise Refused(f"'{name}' is {partition.state}", "stop it first")
        if view.partition(new_name) is not None:
            raise Refused(f"there is a partition '{new_name}' already")
        self._client.change(partition_path(partition), lambda seen: rename_partition(seen.element, new_name))

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        """Sets whether a partition is activated when its system is powered on (PowerOnWithHypervisor)."""
        view = self._change(f"autostart {name}")
        if kind is not Kind.DOMAIN:
            _there(view, kind, name, "started with its host")
            if not autostart:
                _unsupported(kind, "ever absent: it starts with its system")
            return
        partition = _partition(view, name)
        self._client.change(partition_path(partition), lambda seen: set_autostart(seen.element, autostart))

    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        """Nothing of a partition holds a text of ours (see the documentation); the state knows whose it
        is."""
        if kind is Kind.DOMAIN:
            _partition(self._change(f"mark {name}"), name)
        raise Unsupported(f"a {kind} on a POWER Hypervisor has no room for a mark")

    def set_secret_value(self, name: str, value: bytes) -> None:
        """There are no secrets."""
        self._change(f"value of {name}")
        _unsupported(Kind.SECRET, "kept here")

    def secret_value(self, name: str) -> bytes | None:
        """There are no secrets."""
        _unsupported(Kind.SECRET, "kept here")

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        """A volume group is ready as it is."""
        _group(self._change(f"build {name}"), name)
        _unsupported(Kind.STORAGE_POOL, "built")

    def refresh_pool(self, name: str) -> None:
        """The console always knows what is in a volume group."""
        _group(self._change(f"refresh {name}"), name)

    def _define_domain(self, view: SystemView, name: str, document: str) -> None:
        machine, current = asked_machine(name, document, self._called), view.partition(name)
        others = frozenset(uuid for each, uuid in view.uuids.items() if each != name)
        _check_uuid(Kind.DOMAIN, name, machine.uuid or "", current.uuid if current else "", others)
        if current is None:
            definer.create(view, machine)
        else:
            definer.change(view, current, machine)

    def _change(self, what: str) -> SystemView:
        self._client.session.require_writable(what)
        return SystemView(self._client, self._system)


def _check_uuid(kind: Kind, name: str, given: str, there: str, others: frozenset[str]) -> None:
    if given and given.lower() in others:
        raise Refused(f"the UUID {given} is of another {kind} than '{name}'")
    if there and given.lower() != there.lower():
        raise Refused(f"'{name}' already exists with UUID {there.lower()}", "run plan again")


def _is(partition: Partition | None, uuid: str) -> bool:
    return partition is not None and partition.uuid == uuid.lower()


def _partition(view: SystemView, name: str, uuid: str = "") -> Partition:
    found = view.partition(name)
    if found is None:
        raise NotFound(f"no partition '{name}'")
    if uuid and not _is(found, uuid):
        raise Refused(f"'{name}' is another partition by now (UUID {found.uuid})", "run plan again")
    return found


def _network(view: SystemView, name: str, uuid: str) -> VirtualNetwork:
    found = next((each for each in view.networks if each.name == name), None)
    if found is None:
        raise NotFound(f"no virtual network '{name}'")
    if uuid and found.uuid.lower() != uuid.lower():
        raise Refused(f"'{name}' is another network by now (UUID {found.uuid})", "run plan again")
    return found


def _group(view: SystemView, name: str) -> StorageGroup:
    found = view.group(name)
    if found is None:
        raise NotFound(f"no pool '{name}'")
    return found


def _thing(view: SystemView, name: str) -> tuple[StorageGroup, StoredThing]:
    pool, _, label = name.partition("/")
    group = _group(view, pool)
    found = next((each for each in group.things if each.name == label), None)
    if found is None:
        raise NotFound(f"no volume '{name}'")
    return group, found


def volume(view: SystemView, name: str) -> tuple[StorageGroup, StoredThing]:
    """A volume ('pool/name') with its pool. Raises NotFound."""
    return _thing(view, name)


def _there(view: SystemView, kind: Kind, name: str, what: str) -> None:
    """Nothing to do where it is there, for then it is active."""
    if kind is Kind.NETWORK:
        _network(view, name, "")
    elif kind is Kind.STORAGE_POOL:
        _group(view, name)
    else:
        _unsupported(kind, what)


def _unsupported(kind: Kind, what: str) -> NoReturn:
    raise Unsupported(f"a {kind} on a POWER Hypervisor is not {what}")
