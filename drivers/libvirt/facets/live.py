"""Changing what runs on a libvirt host."""

from __future__ import annotations

from collections.abc import Callable

import libvirt

from drivers.base import NetworkChange, NetworkSection, SectionCommand, Text
from drivers.base.tunables import Tunable
from drivers.libvirt import devices
from drivers.libvirt.connection import Connection
from drivers.libvirt.itself import guest
from drivers.libvirt.tuning import tune
from specs.identity import Kind

_SECTIONS = {
    NetworkSection.DHCP_HOST: libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST,
    NetworkSection.DHCP_RANGE: libvirt.VIR_NETWORK_SECTION_IP_DHCP_RANGE,
    NetworkSection.FORWARD_INTERFACE: libvirt.VIR_NETWORK_SECTION_FORWARD_INTERFACE,
    NetworkSection.PORTGROUP: libvirt.VIR_NETWORK_SECTION_PORTGROUP,
    NetworkSection.DNS_HOST: libvirt.VIR_NETWORK_SECTION_DNS_HOST,
    NetworkSection.DNS_TXT: libvirt.VIR_NETWORK_SECTION_DNS_TXT,
    NetworkSection.DNS_SRV: libvirt.VIR_NETWORK_SECTION_DNS_SRV,
}
_COMMANDS = {
    SectionCommand.ADD: libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST,
    SectionCommand.DELETE: libvirt.VIR_NETWORK_UPDATE_COMMAND_DELETE,
    SectionCommand.MODIFY: libvirt.VIR_NETWORK_UPDATE_COMMAND_MODIFY,
}

_IN_ORDER = 7_002_000


class LibvirtLive:
    """drivers.base.Live."""

    def __init__(self, connection: Connection) -> None:
        """Over a connection that may be shared."""
        self._connection = connection

    def attach(self, name: str, device: str) -> None:
        """Plugs a device in."""
        self._on_domain(name, lambda domain: devices.attach(domain, device))

    def detach(self, name: str, device: str) -> None:
        """Unplugs a device and waits until it is gone."""
        self._on_domain(name, lambda domain: devices.detach(domain, device))

    def update(self, name: str, device: str) -> None:
        """Changes a device in place."""
        self._on_domain(name, lambda domain: devices.update(domain, device))

    def set_memory(self, name: str, kib: int) -> None:
        """Balloons the guest."""
        self._on_domain(name, lambda domain: devices.set_memory(domain, kib))

    def set_vcpus(self, name: str, count: int) -> None:
        """Plugs virtual CPUs in or out."""
        self._on_domain(name, lambda domain: devices.set_vcpus(domain, count))

    def set_text(self, name: str, text: Text, value: str) -> None:
        """Sets the title or the description."""
        self._on_domain(name, lambda domain: devices.set_text(domain, text, value))

    def tune(self, name: str, wanted: Tunable) -> None:
        """Sets a tunable."""
        self._on_domain(name, lambda domain: tune(domain, wanted))

    def update_network(self, name: str, change: NetworkChange) -> None:
        """Changes one entry of an active network (virNetworkUpdate)."""
        live = libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE
        command, section = _COMMANDS[change.command], _SECTIONS[change.section]
        self._connection.write(
            lambda handle: handle.networkLookupByName(name).update(
                *_as_taken(handle, command, section), change.subnet, change.entry, live
            ),
            Kind.NETWORK,
        )

    def _on_domain(self, name: str, call: Callable[[libvirt.virDomain], object]) -> None:
        self._connection.write(lambda handle: call(guest(handle, name)), Kind.DOMAIN)


def _as_taken(handle: libvirt.virConnect, command: int, section: int) -> tuple[int, int]:
    """A client of before 7.2 passes on the two in the other order, which a daemon since 7.2 takes literally
    (virNetworkUpdate)."""
    if libvirt.getVersion() < _IN_ORDER <= handle.getLibVersion():
        return section, command
    return command, section
