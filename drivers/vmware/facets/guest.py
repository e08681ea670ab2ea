"""Asking running guests, by VMware Tools."""

from __future__ import annotations

from ipaddress import ip_address

from drivers.base import AddressSource, Console, GuestAddress
from drivers.base.errors import Refused, Unsupported
from drivers.vmware.looking import FoundMachine
from drivers.vmware.reading import machine_of
from drivers.vmware.session import DesktopSession, machine_named


class DesktopGuests:
    """drivers.base.Guests."""

    def __init__(self, session: DesktopSession) -> None:
        """Over a session that may be shared."""
        self._session = session

    def addresses(self, name: str, source: AddressSource) -> tuple[GuestAddress, ...]:
        """The one address that vmrun tells: that of the first network card, as far as it is known."""
        machine = self._running(name)
        if source is not AddressSource.AGENT:
            raise Unsupported(f"VMware tells no addresses by {source}", "ask its Tools: agent")
        said = self._session.vmrun.address(machine.path)
        nics = machine_of(machine.vmx, machine.folder).nics
        try:
            address = str(ip_address(said))
        except ValueError:
            return ()
        return (GuestAddress(nics[0].mac or "", address, source),) if nics else ()

    def agent_answers(self, name: str) -> bool:
        """Whether VMware Tools run in the guest."""
        return self._session.vmrun.tools_run(self._running(name).path)

    def console(self, name: str, device: str = "", *, force: bool = False) -> Console:
        """A serial port leads to a file or a socket of the host, and not here."""
        with self._session.change(f"console {name}") as found:
            machine_named(found, name)
        raise Unsupported("VMware gives no console away", "say serial: {type: tcp}, and connect to that")

    def _running(self, name: str) -> FoundMachine:
        machine = machine_named(self._session.look_for(name), name)
        if machine.path not in self._session.vmrun.running():
            raise Refused(f"'{name}' does not run", "start it first")
        return machine
