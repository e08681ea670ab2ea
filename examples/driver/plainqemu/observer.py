"""The facet that says what is there."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.base import NOTHING_KNOWN, Belonging, Inventory, Knowledge, Observation
from drivers.native import machine_document
from plainqemu import process
from plainqemu.description import machine_of
from plainqemu.folder import Folder
from specs.desired import PowerState
from specs.identity import Kind

VERSION = "plain QEMU 1"


class PlainObserver:
    """What a folder holds (drivers.base.Observer)."""

    def __init__(self, folder: Folder, called: str) -> None:
        """`called` is what the fleet calls the host."""
        self._folder, self._called = folder, called

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        """All machines; files are read as fast as stamps."""
        with self._folder.locked():
            seen = [self._look(name) for name in self._folder.names()]
            objects = {(one.kind, one.name): one for one in seen if one}
            return Inventory(self._called, VERSION, objects, identity=f"plainqemu {self._folder.path}")

    def one(self, kind: Kind, name: str) -> Observation | None:
        """One machine; nothing else is here."""
        with self._folder.locked():
            return self._look(name) if kind is Kind.DOMAIN and name in self._folder.names() else None

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        """Nothing: a machine has nothing but its file and its disks."""
        return {}

    def jobs(self, domain: str) -> tuple[str, ...]:
        """Nothing is ever done with its disks."""
        return ()

    def _look(self, name: str) -> Observation | None:
        described = self._folder.read(name)
        if described is None:
            return None
        said = process.status(self._folder.path, name)
        started = self._folder.read(name, running=True) if said else None
        return Observation(
            Kind.DOMAIN,
            name,
            machine_document(machine_of(described)),
            live=machine_document(machine_of(started)) if started else None,
            power=_POWER.get(said, PowerState.PAUSED),
        )


_POWER = {"": PowerState.STOPPED, "running": PowerState.RUNNING}
