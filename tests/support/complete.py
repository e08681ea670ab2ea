"""Hosts that lack no facet, as tests expect of the two built-in drivers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, cast

from drivers.base import Guests, Host, Lifecycle, Live, Mover, Storage, Watcher
from drivers.base.registry import open_host


class CompleteHost(Host, Protocol):
    """A host whose facets need not be asked for one by one."""

    @property
    def watch(self) -> Watcher: ...

    @property
    def lifecycle(self) -> Lifecycle: ...

    @property
    def live(self) -> Live: ...

    @property
    def storage(self) -> Storage: ...

    @property
    def guest(self) -> Guests: ...

    @property
    def move(self) -> Mover: ...


def open_complete(
    uri: str, *, host: str, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> CompleteHost:
    """The host that a URI means; fails when it lacks a facet."""
    opened = open_host(uri, host=host, readonly=readonly, credentials=credentials)
    facets = (opened.watch, opened.lifecycle, opened.live, opened.storage, opened.guest, opened.move)
    assert None not in facets, f"{uri} lacks a facet"
    return cast(CompleteHost, opened)
