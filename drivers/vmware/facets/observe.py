"""What is in a folder of machines: two commands, and one more for each pool."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.base import NOTHING_KNOWN, Belonging, Inventory, Knowledge, Observation
from drivers.native import Machine, machine_document
from drivers.vmware.looking import FoundFolder, FoundMachine
from drivers.vmware.pools import FoundPool, pools_of
from drivers.vmware.reading import machine_of, on_the_desk
from drivers.vmware.session import DesktopSession, ambiguous, machine_named
from drivers.vmware.text import NotVmx
from drivers.vmware.volumes import FoundImage, is_there, volumes_of
from specs.desired import PowerState
from specs.identity import Kind

Key = tuple[Kind, str]


class DesktopObserver:
    """drivers.base.Observer."""

    def __init__(self, session: DesktopSession) -> None:
        """Over a session that may be shared."""
        self._session = session

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        """Everything; a machine whose files are as they were is not read again."""
        found = self._session.look()
        running = self._session.vmrun.running()
        objects: dict[Key, Observation] = {}
        failures: dict[Key, str] = {}
        for name, machines in found.by_name().items():
            wrong = ambiguous(machines) if len(machines) > 1 else machines[0].wrong
            try:
                if not wrong:
                    stamped = known.get((Kind.DOMAIN, name))
                    ready = stamped.document if stamped and stamped.stamp == machines[0].stamp else ""
                    objects[Kind.DOMAIN, name] = seen(machines[0], running, ready)
            except NotVmx as error:
                wrong = str(error)
            if wrong:
                failures[Kind.DOMAIN, name] = wrong
        for pool in pools_of(found).values():
            self._pool(pool, objects)
        identity = self._session.identity(found)
        return Inventory(self._session.called, self._session.version, objects, failures, identity)

    def one(self, kind: Kind, name: str) -> Observation | None:
        """One object."""
        found = self._session.look_for(name) if kind is Kind.DOMAIN else self._session.look()
        if kind is Kind.DOMAIN:
            if not found.named(name):
                return None
            machine = machine_named(found, name)
            return seen(machine, self._session.vmrun.running())
        pool = pools_of(found).get(name.partition("/")[0])
        if pool is None or kind not in (Kind.STORAGE_POOL, Kind.VOLUME):
            return None
        if kind is Kind.STORAGE_POOL:
            return _pool_seen(pool, active=is_there(self._session.commands, pool))
        volume = (volumes_of(self._session.commands, pool) or {}).get(name.partition("/")[2])
        return _volume_seen(pool, volume) if volume else None

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        """A saved memory, and snapshots."""
        return belongings(self._session.look_for(domain), domain)

    def jobs(self, domain: str) -> tuple[str, ...]:
        """None: VMware's commands return when they are done."""
        return ()

    def _pool(self, pool: FoundPool, objects: dict[Key, Observation]) -> None:
        volumes = volumes_of(self._session.commands, pool)
        objects[Kind.STORAGE_POOL, pool.name] = _pool_seen(pool, active=volumes is not None)
        for volume in (volumes or {}).values():
            one = _volume_seen(pool, volume)
            objects[Kind.VOLUME, one.name] = one


def belongings(found: FoundFolder, domain: str) -> dict[Belonging, str]:
    """What a machine has that would not outlive its definition."""
    lost = {}
    for machine in found.named(domain)[:1]:
        if machine.suspended:
            lost[Belonging.MANAGED_SAVE] = machine.vmx.get("checkpoint.vmState") or ""
        if names := machine.snapshot_names():
            lost[Belonging.SNAPSHOTS] = ", ".join(names)
    return lost


def seen(machine: FoundMachine, running: frozenset[str], ready: str = "") -> Observation:
    """A machine as it is observed. Raises NotVmx."""
    runs = machine.path in running
    paused = runs and machine.beside.paused
    return Observation(
        Kind.DOMAIN,
        machine.name,
        ready or machine_document(described(machine)),
        power=PowerState.PAUSED if paused else PowerState.RUNNING if runs else PowerState.STOPPED,
        saved="" if machine.suspended and not runs else None,
        stamp=machine.stamp,
    )


def described(machine: FoundMachine) -> Machine:
    """The machine that the files describe. Raises NotVmx."""
    found = on_the_desk(machine_of(machine.vmx, machine.folder, machine.stem))
    return machine.beside.dressed(found)


def _pool_seen(pool: FoundPool, *, active: bool) -> Observation:
    power = PowerState.ACTIVE if active else PowerState.INACTIVE
    return Observation(Kind.STORAGE_POOL, pool.name, pool.document, power=power, autostart=True)


def _volume_seen(pool: FoundPool, volume: FoundImage) -> Observation:
    return Observation(Kind.VOLUME, f"{pool.name}/{volume.name}", volume.document)
