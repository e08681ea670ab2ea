"""The facet that defines, starts, stops and removes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import uuid4

from drivers.base import Belonging
from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.base.fitting import refuse_misfits
from drivers.native import read_machine
from plainqemu import process
from plainqemu.description import Description, describe, marked
from plainqemu.folder import Folder
from plainqemu.matrix import ROW
from specs.desired import StopPolicy
from specs.identity import Kind
from specs.xml import NotXml


class PlainLifecycle:
    """From definition to removal (drivers.base.Lifecycle)."""

    def __init__(self, folder: Folder, called: str) -> None:
        """`called` is what the fleet calls the host."""
        self._folder, self._called = folder, called

    def define(self, kind: Kind, name: str, document: str) -> None:
        """Writes the file of a machine, once all is known to be well."""
        with self._folder.locked(writes=True):
            try:
                refuse_misfits(ROW, kind, document, self._called)
                machine, unknown = read_machine(document)
            except NotXml as error:
                raise Refused(f"that is no document: {error}") from error
            if unknown or machine.name != name or not machine.memory_max:
                raise Refused(f"that is no document of a machine '{name}'")
            before = self._folder.read(name)
            if before and machine.uuid != before["uuid"]:
                raise Refused(f"'{name}' exists with the UUID {before['uuid']}")
            described = describe(replace(machine, uuid=machine.uuid or str(uuid4())))
            if any(each["uuid"] == described["uuid"] for each in self._others(name)):
                raise Refused(f"another machine has the UUID {described['uuid']}")
            self._folder.write(described)

    def undefine(
        self, kind: Kind, name: str, *, uuid: str = "", discards: Collection[Belonging] = ()
    ) -> None:
        """Removes the file of a machine that is stopped; its disks stay."""
        with self._folder.locked(writes=True):
            self._machine(kind, name, uuid)
            if self._runs(name):
                raise Refused(f"'{name}' runs: stop it first")
            self._folder.remove(name)

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        """Starts a machine's process."""
        with self._folder.locked(writes=True):
            described = self._machine(kind, name)
            if not self._runs(name):
                process.start(self._folder.path, described, paused=paused)
                self._folder.write(described, running=True)

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        """Presses the power button, and pulls the plug where the policy allows it."""
        with self._folder.locked(writes=True):
            self._machine(kind, name, uuid)
            if not self._runs(name):
                return
            gently = "acpi" in policy.methods
            if gently and process.ends_by_itself(self._folder.path, name, policy.deadline):
                return
            if not policy.force:
                raise Refused(f"'{name}' does not stop by itself", "allow force, or stop it from inside")
            process.end(self._folder.path, name)

    def suspend(self, name: str) -> None:
        """Holds its processors."""
        self._tell(name, "stop")

    def resume(self, name: str) -> None:
        """Lets its processors go on."""
        self._tell(name, "cont")

    def rename(self, name: str, new_name: str, *, uuid: str = "") -> None:
        """Another file for the same machine."""
        with self._folder.locked(writes=True):
            after = self._folder.read(new_name)
            if after and uuid and after["uuid"] == uuid and self._folder.read(name) is None:
                return
            described = self._machine(Kind.DOMAIN, name, uuid)
            if self._runs(name):
                raise Refused(f"'{name}' runs: stop it first")
            if after:
                raise Refused(f"there is a machine '{new_name}' already")
            self._folder.write({**described, "name": new_name})
            self._folder.remove(name)

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        """Nobody would start them."""
        with self._folder.locked(writes=True):
            self._machine(kind, name)
            raise Unsupported("plain QEMU starts no machine with its host")

    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        """Puts the mark into the notes, of what runs as well."""
        with self._folder.locked(writes=True):
            self._folder.write(marked(self._machine(kind, name), mark))
            started = self._folder.read(name, running=True)
            if started:
                self._folder.write(marked(started, mark), running=True)

    def set_secret_value(self, name: str, value: bytes) -> None:
        """There are no secrets here."""
        with self._folder.locked(writes=True):
            raise NotFound(f"there is no secret '{name}'")

    def secret_value(self, name: str) -> bytes | None:
        """There are no secrets here."""
        raise NotFound(f"there is no secret '{name}'")

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        """There are no pools here."""
        with self._folder.locked(writes=True):
            raise NotFound(f"there is no pool '{name}'")

    def refresh_pool(self, name: str) -> None:
        """There are no pools here."""
        with self._folder.locked(writes=True):
            raise NotFound(f"there is no pool '{name}'")

    def _tell(self, name: str, command: str) -> None:
        with self._folder.locked(writes=True):
            self._machine(Kind.DOMAIN, name)
            if not self._runs(name):
                raise Refused(f"'{name}' does not run")
            process.ask(self._folder.path, name, command)

    def _machine(self, kind: Kind, name: str, uuid: str = "") -> Description:
        if kind is not Kind.DOMAIN:
            raise NotFound(f"there is no {kind} '{name}'")
        found = self._folder.known(name)
        if uuid and found["uuid"] != uuid:
            raise Refused(f"'{name}' is another machine: its UUID is {found['uuid']}")
        return found

    def _runs(self, name: str) -> bool:
        return bool(process.status(self._folder.path, name))

    def _others(self, name: str) -> list[Description]:
        return [self._folder.known(other) for other in self._folder.names() if other != name]
