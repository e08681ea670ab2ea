"""From one Hyper-V host to another, by Move-VM: the source does it, and logs in to the other itself."""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.base import Destination, Move, MoveProgress
from drivers.base.errors import DriverError, NotFound, Refused, Unreachable, Unsupported
from drivers.hyperv import machines
from drivers.hyperv.link import Link
from drivers.hyperv.site import look, the_machine
from drivers.hyperv.steps import MACHINE, request, step
from drivers.hyperv.told import WholeMachine
from specs.desired import PowerState
from specs.uris import parts_of

_LONGEST = 4 * 3600.0
"""Seconds that a move may take where the policy sets no limit."""


class HyperVMover:
    """drivers.base.Mover. Hosts have to allow it (Enable-VMMigration), with Kerberos as the way to log in."""

    def __init__(self, link: Link, uri: str) -> None:
        """Over a link that may be shared."""
        self.link, self._uri = link, uri

    def move(
        self,
        name: str,
        destination: Destination,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        """Moves a machine whose disks both hosts see; what it is called there is what it is called here."""
        self.link.writable(f"move '{name}'")
        there = destination.move
        if not isinstance(there, HyperVMover):
            raise Unsupported("a machine of Hyper-V moves to another host of Hyper-V only")
        if move.copied_disks:
            raise Unsupported(
                "disks are not copied along", "keep them where both hosts see them (SMB, a cluster's volume)"
            )
        told = the_machine(look(self.link, machine=name), name)
        power = machines.power_of(told)
        if move.live is (power is PowerState.STOPPED):
            raise Refused(f"machine '{name}' is {power}: it does not move as it was to")
        if told.checkpoints:
            raise Refused(f"machine '{name}' has checkpoints", "remove them first")
        if cancel.is_set():
            raise Refused("the move was called off before it began")
        self._go(name, told, there, move)

    def _go(self, name: str, told: WholeMachine, there: HyperVMover, move: Move) -> None:
        target = move.address or _host_in(there._uri)
        steps = [step("Move-VM", VM=MACHINE, DestinationHost=target)]
        seconds = move.policy.timeout or _LONGEST
        try:
            self.link.write("act", request(steps, machine=told.itself.id), seconds)
        except DriverError as error:
            where = _where(told.itself.id, self.link, there.link)
            if where == "there":
                return
            if where == "here":
                raise Refused(f"it did not move, and is where it was: {error.message}", error.hint) from error
            raise Unreachable(
                f"the move broke off, and nobody can tell where '{name}' is: {error.message}"
            ) from error

    def cpu_problem(self, domain: str) -> str:
        """Hyper-V compares processors itself, when a machine arrives: it tells nothing before."""
        return ""


def _where(id_: str, source: Link, destination: Link) -> str:
    """On which of two hosts a machine is; '' where that cannot be told."""
    try:
        here = any(each.itself.id == id_ for each in look(source, machines=True).machines)
        there = any(each.itself.id == id_ for each in look(destination, machines=True).machines)
    except (Unreachable, Refused, NotFound):
        return ""
    return {(True, False): "here", (False, True): "there"}.get((here, there), "")


def _host_in(uri: str) -> str:
    parts = parts_of(uri)
    return parts.host if parts else ""
