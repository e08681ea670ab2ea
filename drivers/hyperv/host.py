"""A Hyper-V host, and the endpoint that is that host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drivers.base import Capabilities, MachineType, Offer
from drivers.base.errors import NotFound, Refused
from drivers.hyperv.facets.guest import HyperVGuests
from drivers.hyperv.facets.lifecycle import HyperVLifecycle
from drivers.hyperv.facets.move import HyperVMover
from drivers.hyperv.facets.observe import HyperVObserver
from drivers.hyperv.facets.storage import HyperVStorage
from drivers.hyperv.link import Link
from drivers.hyperv.shell import Shell
from drivers.hyperv.uri import HyperVAddress
from specs.identity import Kind

KINDS = frozenset({Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME})
"""What a Hyper-V host holds."""


class HyperVHost:
    """A host (drivers.base.Host). It has one document of a machine, which runs as it says: there is no facet
    `live`, and nothing tells of changes."""

    watch = None
    live = None
    snapshots = None
    logs = None

    def __init__(self, uri: str, link: Link, called: str) -> None:
        """`called` is what the fleet calls it."""
        self.uri = uri
        self._link = link
        self.observe = HyperVObserver(link, called)
        self.lifecycle = HyperVLifecycle(link)
        self.storage = HyperVStorage(link)
        self.guest = HyperVGuests(link)
        self.move = HyperVMover(link, uri)

    def capabilities(self) -> Capabilities:
        """What the host tells of itself."""
        told = self._link.read("host", {})
        try:
            return _capabilities(told)
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(f"what the host tells of itself makes no sense: {error}") from error

    def offers(self, machine: MachineType) -> Offer:
        """Nothing that it would refuse any other for: the matrix says it all."""
        return {}

    def close(self) -> None:
        """Ends all sessions."""
        self._link.close()


def _capabilities(told: Mapping[str, Any]) -> Capabilities:
    return Capabilities(
        family="hyperv",
        version=version_of(told),
        domain_types=("hyperv",),
        os_types=("hvm",),
        arch="x86_64",
        kinds=KINDS,
        cpus=int(told["processors"]),
        memory_kib=int(told["memory"]) // 1024,
        memory_free_kib=int(told["free"]),
        interfaces=frozenset(str(each) for each in told["adapters"]),
    )


def version_of(told: Mapping[str, Any]) -> str:
    """'Microsoft Windows Server 2022 Standard 10.0.20348'."""
    return f"{told['caption']} {told['version']}"


class HyperVEndpoint:
    """One host, behind sessions of its own (drivers.base.Endpoint)."""

    def __init__(self, address: HyperVAddress, opener: Callable[[], Shell], *, readonly: bool) -> None:
        """`opener` opens one more session on the host; none is opened before the first call."""
        self.uri, self._name = address.uri, address.host
        self._link = Link(address.uri, opener, readonly=readonly)

    def hosts(self) -> tuple[str, ...]:
        """The one host."""
        return (self._name,)

    def host(self, called: str, member: str = "") -> HyperVHost:
        """The host, which has answered once."""
        if member and member != self._name:
            raise NotFound(f"{self.uri} is one host, and none called '{member}'", f"it is '{self._name}'")
        host = HyperVHost(self.uri, self._link, called)
        host.capabilities()
        return host

    def close(self) -> None:
        """Ends all sessions."""
        self._link.close()


def shell_opener(address: HyperVAddress, credentials: Mapping[str, str]) -> Callable[[], Shell]:
    """What opens one more session."""
    if address.transport == "ssh":
        from drivers.hyperv.remote import SshShell

        return lambda: SshShell(address, credentials)
    from drivers.hyperv.psrp import PsrpShell

    return lambda: PsrpShell(address, credentials)
