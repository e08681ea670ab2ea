"""What running guests of a Hyper-V host tell, through their integration services."""

from __future__ import annotations

from drivers.base import AddressSource, Console, GuestAddress
from drivers.base.errors import Unsupported
from drivers.hyperv.link import Link
from drivers.hyperv.places import spelled_mac
from drivers.hyperv.site import look, the_machine


class HyperVGuests:
    """drivers.base.Guests."""

    def __init__(self, link: Link) -> None:
        """Over a link that may be shared."""
        self._link = link

    def addresses(self, name: str, source: AddressSource) -> tuple[GuestAddress, ...]:
        """What the guest's integration services tell of its adapters."""
        told = the_machine(look(self._link, machine=name), name)
        if source is not AddressSource.AGENT:
            raise Unsupported(
                f"Hyper-V knows no addresses by {source}", "ask the agent: the integration services"
            )
        return tuple(
            GuestAddress(spelled_mac(nic.mac) or "", address, source)
            for nic in told.nics
            for address in nic.addresses
        )

    def agent_answers(self, name: str) -> bool:
        """Whether the guest's heartbeat is heard (VMHeartbeatStatus begins with 'Ok')."""
        told = the_machine(look(self._link, machine=name), name)
        return (told.itself.heartbeat or "").startswith("Ok")

    def console(self, name: str, device: str = "", *, force: bool = False) -> Console:
        """A COM port leads to a pipe of the host, which PowerShell does not hand on."""
        self._link.writable(f"attach to the console of '{name}'")
        the_machine(look(self._link, machine=name), name)
        raise Unsupported(
            "Hyper-V gives no serial console to others", "use vmconnect, or the COM port's pipe"
        )
