"""Asking the running guests of a libvirt host."""

from __future__ import annotations

from drivers.base import AddressSource, Console, GuestAddress
from drivers.libvirt import guest
from drivers.libvirt.connection import Connection
from drivers.libvirt.console import LibvirtConsole


class LibvirtGuests:
    """drivers.base.Guests."""

    def __init__(self, connection: Connection) -> None:
        """Over a connection that may be shared."""
        self._connection = connection

    def addresses(self, name: str, source: AddressSource) -> tuple[GuestAddress, ...]:
        """A guest's addresses as that source knows them."""
        readonly = self._connection.readonly
        return self._connection.read(lambda handle: guest.addresses(handle, name, source, readonly=readonly))

    def agent_answers(self, name: str) -> bool:
        """Whether the guest's agent answers now."""
        readonly = self._connection.readonly
        return self._connection.read(lambda handle: guest.agent_answers(handle, name, readonly=readonly))

    def console(self, name: str, device: str = "", *, force: bool = False) -> Console:
        """Attaches to a console, over a connection of its own."""
        return LibvirtConsole(self._connection.another(), name, device, force=force)
