"""Hosts that lack no facet, as the tests of the contract call them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, cast

from drivers.base import Guests, Host, Lifecycle, Live, Mover, Snapshots, Storage, Watcher
from drivers.base.registry import open_host


class CompleteHost(Host, Protocol):
    """A host whose facets need not be asked for one by one. A test that uses one which the driver may lack
    says so (`drivers.contract.features`)."""

    @property
    def watch(self) -> Watcher:
        """Changes as they happen."""

    @property
    def lifecycle(self) -> Lifecycle:
        """Defining, starting, stopping, removing."""

    @property
    def live(self) -> Live:
        """Changing what runs."""

    @property
    def storage(self) -> Storage:
        """Filling, reading, copying and growing volumes."""

    @property
    def guest(self) -> Guests:
        """Asking running guests."""

    @property
    def move(self) -> Mover:
        """Taking domains to other hosts."""

    @property
    def snapshots(self) -> Snapshots:
        """Keeping what guests are, and bringing it back."""


def open_complete(
    uri: str, *, host: str, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> CompleteHost:
    """The host that a URI means, for tests that ask for no facet which it lacks."""
    return cast(CompleteHost, open_host(uri, host=host, readonly=readonly, credentials=credentials))
