"""Defining, starting, stopping and removing with VMware's desktop products."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from drivers.base.belongings import Belonging
from drivers.base.errors import DriverError, NotFound, Refused, Unsupported
from drivers.native import NativePool
from drivers.vmware import pools, volumes
from drivers.vmware.defining import define_machine, put_beside, put_vmx
from drivers.vmware.facets.observe import belongings
from drivers.vmware.looking import FoundFolder, FoundMachine
from drivers.vmware.making import make_volume
from drivers.vmware.removal import remove_machine
from drivers.vmware.session import DesktopSession, machine_named
from drivers.vmware.stopping import stop_machine
from drivers.vmware.wanted import wanted_holding
from specs.desired import StopPolicy
from specs.identity import Kind


class DesktopLifecycle:
    """drivers.base.Lifecycle."""

    def __init__(self, session: DesktopSession) -> None:
        """Over a session that may be shared."""
        self._session = session

    def define(self, kind: Kind, name: str, document: str) -> None:
        """Creates or redefines; a volume is created."""
        with self._session.change(f"define {name}", name if kind is Kind.DOMAIN else "") as found:
            if kind is Kind.DOMAIN:
                define_machine(self._session, found, name, document)
            elif kind is Kind.STORAGE_POOL:
                wanted = wanted_holding(kind, name, document, self._session.called, NativePool)
                pools.define_pool(self._session.commands, found, name, wanted)
            elif kind is Kind.VOLUME:
                make_volume(self._session, found, name, document)
            else:
                raise Unsupported(f"VMware's hosts hold no {kind}")

    def undefine(
        self, kind: Kind, name: str, *, uuid: str = "", discards: Collection[Belonging] = ()
    ) -> None:
        """Removes what is inactive; disks stay, a volume is deleted."""
        with self._session.change(f"undefine {name}", name if kind is Kind.DOMAIN else "") as found:
            if kind is Kind.DOMAIN:
                machine = machine_named(found, name, uuid)
                if machine.path in self._session.vmrun.running():
                    raise Refused(f"'{name}' runs", "stop it first")
                for lost, names in belongings(found, name).items():
                    if lost not in discards:
                        raise Refused(f"'{name}' has {lost} ({names}), which would be lost", "agree to that")
                remove_machine(self._session.commands, machine)
            elif kind is Kind.STORAGE_POOL:
                pools.undefine_pool(self._session.commands, found, name)
            elif kind is Kind.VOLUME:
                pool = pools.pool_named(found, name.partition("/")[0])
                volume = volumes.volume_named(self._session.commands, pool, name.partition("/")[2])
                volumes.delete(self._session.commands, pool, volume)
            else:
                raise NotFound(f"no {kind} '{name}'")

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        """Starts a machine without a window, or lets one go on whose memory was saved."""
        with self._session.change(f"start {name}", name) as found:
            if kind is Kind.STORAGE_POOL:
                self._check_pool(found, name)
                return
            machine = self._machine(found, kind, name, "started")
            if paused:
                raise Unsupported("VMware starts no machine paused", "start it, then pause it")
            if machine.path not in self._session.vmrun.running():
                put_beside(self._session, machine.path, machine.beside, replace(machine.beside, paused=False))
                self._unless_done(machine, runs=True, call=self._session.vmrun.start)

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        """Stops a machine by the policy."""
        with self._session.change(f"stop {name}", name) as found:
            machine = self._machine(found, kind, name, "stopped", uuid)
            if machine.path in self._session.vmrun.running():
                if machine.beside.paused:  # what is paused hears nothing
                    self._session.vmrun.unpause(machine.path)
                stop_machine(self._session.vmrun, machine.path, name, policy, self._session.closed)
            self._note(machine, paused=False)

    def suspend(self, name: str) -> None:
        """Pauses a machine, and notes it: no command of VMware's tells."""
        with self._session.change(f"suspend {name}", name) as found:
            machine = self._running(found, name)
            if not machine.beside.paused:
                self._session.vmrun.pause(machine.path)
                self._note(machine, paused=True)

    def resume(self, name: str) -> None:
        """Lets a machine go on."""
        with self._session.change(f"resume {name}", name) as found:
            machine = self._running(found, name)
            if machine.beside.paused:
                self._session.vmrun.unpause(machine.path)
                self._note(machine, paused=False)

    def rename(self, name: str, new_name: str, *, uuid: str = "") -> None:
        """Gives a machine that does not run another name; its files keep theirs."""
        with self._session.change(f"rename {name}") as found:
            taken = found.named(new_name)
            if taken and not found.named(name):
                machine_named(found, new_name, uuid)
                return
            machine = machine_named(found, name, uuid)
            if taken:
                raise Refused(f"'{new_name}' is the name of another machine")
            if machine.path in self._session.vmrun.running():
                raise Refused(f"'{name}' runs: it is renamed while it is off", "stop it first")
            put_vmx(self._session, machine, machine.vmx.edited({"displayName": new_name.replace("%", "%25")}))

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        """None of VMware's commands does it for machines."""
        with self._session.change(f"set_autostart {name}") as found:
            if kind is Kind.STORAGE_POOL and autostart:
                pools.pool_named(found, name)  # a folder is there as soon as its machine is
                return
            self._machine(found, kind, name, "started with its host")
            raise Unsupported("VMware's commands set no autostart", "leave autostart out")

    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        """Puts the mark beside the .vmx file, also while the machine runs."""
        with self._session.change(f"set_mark {name}", name) as found:
            if kind is not Kind.DOMAIN:
                raise Unsupported(f"a {kind} of VMware's keeps no mark")
            machine = machine_named(found, name)
            put_beside(self._session, machine.path, machine.beside, replace(machine.beside, mark=mark))

    def set_secret_value(self, name: str, value: bytes) -> None:
        """There are no secrets."""
        with self._session.change(f"set_secret_value {name}"):
            raise Unsupported("VMware's hosts hold no secrets")

    def secret_value(self, name: str) -> bytes | None:
        """There are no secrets."""
        raise Unsupported("VMware's hosts hold no secrets")

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        """Makes the folder of a pool where it is gone."""
        with self._session.change(f"build_pool {name}") as found:
            pool = pools.pool_named(found, name)
            made = self._session.commands.run(["mkdir", "-p", pool.path], repeatable=True)
            if made.status:
                raise Refused(f"the folder '{pool.path}' cannot be made: {made.error}")

    def refresh_pool(self, name: str) -> None:
        """What is in a folder is looked for each time."""
        with self._session.change(f"refresh_pool {name}") as found:
            self._check_pool(found, name)

    def _machine(self, found: FoundFolder, kind: Kind, name: str, what: str, uuid: str = "") -> FoundMachine:
        """The machine that is meant; what is asked of another kind, which cannot, is Unsupported."""
        if kind is not Kind.DOMAIN:
            if kind is Kind.STORAGE_POOL:
                pools.pool_named(found, name)
            raise Unsupported(f"a {kind} of VMware's is not {what}")
        return machine_named(found, name, uuid)

    def _running(self, found: FoundFolder, name: str) -> FoundMachine:
        machine = machine_named(found, name)
        if machine.path not in self._session.vmrun.running():
            raise Refused(f"'{name}' does not run", "start it first")
        return machine

    def _note(self, machine: FoundMachine, *, paused: bool) -> None:
        """Writes down whether we paused it."""
        put_beside(self._session, machine.path, machine.beside, replace(machine.beside, paused=paused))

    def _unless_done(self, machine: FoundMachine, *, runs: bool, call: Callable[[str], None]) -> None:
        """Makes a call whose answer may get lost: its error counts only where it was not done."""
        try:
            call(machine.path)
        except DriverError:
            if (machine.path in self._session.vmrun.running()) is not runs:
                raise

    def _check_pool(self, found: FoundFolder, name: str) -> None:
        pool = pools.pool_named(found, name)
        if not volumes.is_there(self._session.commands, pool):
            raise Refused(f"the folder '{pool.path}' of pool '{name}' is not there", "build the pool first")
