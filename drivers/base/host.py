"""Endpoints and hosts: what a connection leads to, and what can be done there."""

from __future__ import annotations

from typing import Protocol

from drivers.base.capabilities import Capabilities, MachineType, Offer
from drivers.base.guest import Guests
from drivers.base.lifecycle import Lifecycle
from drivers.base.live import Live
from drivers.base.logs import Logs
from drivers.base.move import Mover
from drivers.base.observe import Observer
from drivers.base.snapshots import Snapshots
from drivers.base.storage import Storage
from drivers.base.watch import Watcher


class Host(Protocol):
    """One host, behind a connection of its own or its endpoint's.

    What can be done with it is sorted by facets; a facet that this hypervisor, or this driver of it, does
    not have is None (`drivers.base.needed` says so in words). Every method is synchronous, may be called from
    several threads at once, and raises only `drivers.base.errors`. What `drivers.base.writing` marks is
    Refused over a read-only connection.
    """

    @property
    def uri(self) -> str:
        """What the host was opened by."""

    @property
    def observe(self) -> Observer:
        """What is there. The one facet that no host lacks."""

    @property
    def watch(self) -> Watcher | None:
        """Changes as they happen."""

    @property
    def lifecycle(self) -> Lifecycle | None:
        """Defining, starting, stopping, removing."""

    @property
    def live(self) -> Live | None:
        """Changing what runs."""

    @property
    def storage(self) -> Storage | None:
        """Filling, reading, copying and growing volumes."""

    @property
    def guest(self) -> Guests | None:
        """Asking running guests."""

    @property
    def move(self) -> Mover | None:
        """Taking domains to other hosts."""

    @property
    def snapshots(self) -> Snapshots | None:
        """Keeping what guests are, and bringing it back."""

    @property
    def logs(self) -> Logs | None:
        """Reading what is logged of guests."""

    def capabilities(self) -> Capabilities:
        """What the host can do; asked for only when something has to be compared or created."""

    def offers(self, machine: MachineType) -> Offer:
        """The models of devices that it can give a domain of a machine type, as far as it is known that it
        refuses all others; {} where nobody can tell. Never raises but Unreachable."""

    def close(self) -> None:
        """Lets go of the host; further calls raise Unreachable. An endpoint that nobody else uses is closed
        with it."""


class Endpoint(Protocol):
    """What a URI leads to: one hypervisor, or what manages many (a vCenter, an HMC)."""

    @property
    def uri(self) -> str:
        """What the endpoint was opened by."""

    def hosts(self) -> tuple[str, ...]:
        """The names of the hosts that it holds, in its own words and in order."""

    def host(self, called: str, member: str = "") -> Host:
        """One of its hosts, which the fleet calls `called`: the one of that name among `hosts`, or the one
        that the URI means. NotFound when it holds no such host."""

    def close(self) -> None:
        """Closes the connection, and all hosts with it."""
