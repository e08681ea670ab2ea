"""The facet that changes what runs, without a restart."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from drivers.base.writing import writes

if TYPE_CHECKING:
    from drivers.base.network_change import NetworkChange
    from drivers.base.tunables import Tunable


class Text(StrEnum):
    """The texts of a domain that people read."""

    TITLE = "title"
    DESCRIPTION = "description"


class Live(Protocol):
    """Changes of a running domain or an active network: live only, for the definition holds them already.
    Refused where it does not run."""

    @writes
    def attach(self, name: str, device: str) -> None:
        """Plugs a device into a running domain. Refused when it is there already; Unsupported for what is not
        plugged while a guest runs."""

    @writes
    def detach(self, name: str, device: str) -> None:
        """Unplugs a device from a running domain, and waits until it is gone; Refused when the guest does
        not let go in time, NotFound when it is not there."""

    @writes
    def update(self, name: str, device: str) -> None:
        """Changes a device of a running domain in place; Unsupported where more would change than can."""

    @writes
    def set_memory(self, name: str, kib: int) -> None:
        """Balloons a running domain, and waits until the guest has followed; Refused when it does not in
        time, or the domain may not have as much."""

    @writes
    def set_vcpus(self, name: str, count: int) -> None:
        """Changes how many virtual CPUs of a running domain are plugged in: Refused beyond its maximum,
        Transient while the guest has not followed."""

    @writes
    def set_text(self, name: str, text: Text, value: str) -> None:
        """Sets a running domain's title or description; '' removes it."""

    @writes
    def tune(self, name: str, wanted: Tunable) -> None:
        """Sets a tunable of a running domain; Unsupported where the hypervisor has none like it."""

    @writes
    def update_network(self, name: str, change: NetworkChange) -> None:
        """Changes one entry of an active network. Refused when an entry to add is there already, or one to
        change or delete is not; Unsupported for a change that its section does not know."""
