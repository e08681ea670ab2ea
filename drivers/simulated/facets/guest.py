"""Asking the running guests of a simulated host."""

from __future__ import annotations

from drivers.base import AddressSource, Console, GuestAddress
from drivers.simulated import guest
from drivers.simulated.gate import Gate
from specs.identity import Kind


class SimulatedGuests:
    """drivers.base.Guests."""

    def __init__(self, gate: Gate) -> None:
        """Behind a gate that may be shared."""
        self._gate = gate

    def addresses(self, name: str, source: AddressSource) -> tuple[GuestAddress, ...]:
        """A guest's addresses, once it has booted."""
        with self._gate.look("addresses", name) as host:
            return guest.addresses(host, name, source, self._gate.settings.boot)

    def agent_answers(self, name: str) -> bool:
        """Whether the guest has an agent's channel, and has booted."""
        with self._gate.look("agent_answers", name) as host:
            return guest.agent_answers(host, name, self._gate.settings.boot)

    def console(self, name: str, device: str = "", *, force: bool = False) -> Console:
        """Attaches to a console, which echoes; as many as like to may."""
        self._gate.require_writable("console", name)
        with self._gate.look("console", name) as host:
            guest.check_console(host, name, device)
        return guest.SimulatedConsole(name, lambda: self._runs(name))

    def _runs(self, name: str) -> bool:
        if self._gate.closed.is_set():
            return False
        with self._gate.store.read() as host:
            entry = host.entry(Kind.DOMAIN, name) if host else None
        return entry is not None and entry.live is not None
