"""Taking machines to another VirtualBox host (drivers.base.Mover): what runs is teleported.

Both hosts see the disks at the same paths; only settings, UEFI variables and memory travel. Whatever happens
on the way, a guest goes on in one place only: what waits at the destination is taken away where it runs here,
and what is left here where it runs there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.base import Destination, Move, MoveProgress
from drivers.base.errors import DriverError, NotFound, Refused, Unreachable, Unsupported
from drivers.vbox.documents import read_domain
from drivers.vbox.machines import MachineFile
from drivers.vbox.making import define_machine
from drivers.vbox.manage import VBoxManage
from drivers.vbox.observe import VBoxObserver
from drivers.vbox.power import VBoxPower
from drivers.vbox.removing import forget_machine
from drivers.vbox.teleport import Teleport
from specs.desired import PowerState
from specs.uris import parts_of


class VBoxMover:
    """drivers.base.Mover."""

    def __init__(self, manage: VBoxManage, observer: VBoxObserver) -> None:
        self.manage, self.observer = manage, observer
        self.power = VBoxPower(manage)

    def move(
        self,
        name: str,
        destination: Destination,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        """Moves a machine to another VirtualBox host. One that was begun is not cancelled."""
        self.manage.require_writable()
        other = destination.move
        if not isinstance(other, VBoxMover):
            raise Unsupported(f"a machine cannot move from {self.manage.uri} to {destination.uri}")
        file = self._movable(name, move)
        if cancel.is_set():
            raise Refused("the move was cancelled, and it stays where it is")
        wanted = read_domain(move.document, name) if move.document else file.settings().machine
        if other.observer.machine(name) is not None:
            raise Refused(f"there is a machine '{name}' on {destination.uri} already")
        define_machine(other.manage, other.observer, wanted)
        if move.live:
            self._teleport(file, other, move, destination)
        else:
            self._carry_variables(file, other)
        self.power.wait_unlocked(file.uuid)
        forget_machine(self.manage, file.uuid)

    def cpu_problem(self, domain: str) -> str:
        """What VirtualBox says of a CPU, it says when a guest arrives, which then stays where it was."""
        self.manage.look("--version")
        return ""

    def _movable(self, name: str, move: Move) -> MachineFile:
        found = self.observer.machine(name)
        if found is None:
            raise NotFound(f"there is no machine '{name}' on the host")
        file, power, _ = found
        settings = file.settings()
        if move.live is (power is PowerState.STOPPED):
            raise Refused(f"machine '{name}' {'does not run' if move.live else 'runs'}", "run plan again")
        if settings.saved or settings.snapshots:
            raise Refused(
                f"machine '{name}' has a saved state or snapshots, which do not move", "discard them"
            )
        if move.copied_disks:
            raise Refused(
                f"VirtualBox copies no disks along ({', '.join(move.copied_disks)})",
                "put them where both hosts see them at the same path",
            )
        return file

    def _teleport(self, file: MachineFile, other: VBoxMover, move: Move, destination: Destination) -> None:
        """Raises Refused where it runs on here, Unreachable where nobody can tell."""
        address = move.address or _address(destination.uri)
        teleport = Teleport(file.uuid, address, move.policy)
        try:
            teleport.await_at(other.manage)
            teleport.send_from(self.manage)
        except DriverError as error:
            if not self._arrived(file.uuid, other, error):
                raise Refused(f"machine did not go, and runs on where it is: {error}") from error

    def _arrived(self, uuid: str, other: VBoxMover, error: DriverError) -> bool:
        """Whether it runs there, after something went wrong; what waits there is else taken away.
        Raises Unreachable where nobody can tell."""
        try:
            here = self.power.settled(uuid)
        except DriverError as lost:
            raise Unreachable(f"it may have moved, or not: {error}; {lost}") from lost
        try:
            if here is PowerState.STOPPED and other.power.settled(uuid) is not PowerState.STOPPED:
                return True
            other.power.end(uuid)
            forget_machine(other.manage, uuid)
        except DriverError as lost:
            where = "it is off here" if here is PowerState.STOPPED else "it runs here"
            raise Unreachable(f"{where}, and at its destination: {lost} (the move failed: {error})") from lost
        return False

    def _carry_variables(self, file: MachineFile, other: VBoxMover) -> None:
        """What its firmware wrote goes along."""
        here, there = (_variables(manage, file.uuid) for manage in (self.manage, other.manage))
        try:
            pieces = list(self.manage.commands.read(here))
        except NotFound:
            return
        other.manage.commands.write(there, pieces, lambda _done: None)


def _variables(manage: VBoxManage, uuid: str) -> str:
    return manage.facts(uuid).get("NvramFile", "") or "/nonexistent"


def _address(uri: str) -> str:
    parts = parts_of(uri)
    return parts.host.strip("[]") if parts and parts.host else "127.0.0.1"
