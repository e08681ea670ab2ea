"""The hosts of a tree and the connections to them: opened once, kept, and opened anew when they break."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from drivers.base import Host
from drivers.base.errors import Unreachable
from drivers.base.registry import open_host
from reconciler.engine.at_once import at_once
from reconciler.engine.sealed import sealed
from reconciler.engine.sealing import Sealer
from specs.desired import DeclaredHost
from specs.guard import Guard
from specs.secret_source import SecretSource

_NOT_OURS = (
    "its URI is the tree's own, and --untrusted opens only what the controller's policy names (hosts: uris),"
    " or --host"
)


@dataclass(frozen=True, slots=True)
class _Way:
    """All that a connection is opened by: with anything else it has to be another."""

    name: str
    uri: str
    credentials: tuple[tuple[str, SecretSource], ...]
    root: str
    guard: Guard


class Connections(Protocol):
    """Hosts that a round works with."""

    @property
    def drivers(self) -> Mapping[str, Host]:
        """The hosts that are reached."""

    @property
    def unreachable(self) -> Mapping[str, str]:
        """Why the others are not."""

    def seal(self, sealer: Sealer) -> None:
        """From now on the documents of all hosts come with tokens in the place of secret values."""

    def reopen(self, names: Iterable[str]) -> Mapping[str, Host]:
        """Connects anew to those of these hosts whose connection may have broken; those that answer."""

    def give_up(self, names: Iterable[str]) -> None:
        """Lets go of connections that are of no use any more."""


class Hosts:
    """The hosts that are reached, and why the others are not. One caller at a time uses it."""

    def __init__(self, *, readonly: bool) -> None:
        self.drivers: Mapping[str, Host] = {}
        self.unreachable: Mapping[str, str] = {}
        self._readonly = readonly
        self._sealer: Sealer | None = None
        self._ways: dict[str, _Way] = {}
        self._open: dict[str, Host] = {}
        self._kept: frozenset[str] = frozenset()

    def reach(self, hosts: Mapping[str, DeclaredHost], root: str, guard: Guard = Guard()) -> None:
        """Sees to it that these hosts are connected, and no other. The files that their credentials are
        read from are relative to `root`, and allowed by the controller's policy."""
        refused = {name: _NOT_OURS for name, host in hosts.items() if not _may_open(host, guard)}
        ways = {
            name: _Way(name, host.uri, host.credentials, root, guard)
            for name, host in hosts.items()
            if name not in refused
        }
        self.give_up([name for name, before in self._ways.items() if ways.get(name) != before])
        self._ways, self.unreachable = ways, refused
        self._kept = frozenset(self._open)
        self._connect(ways.keys() - self._kept)

    def seal(self, sealer: Sealer) -> None:
        """From now on the documents of all hosts come with tokens in the place of secret values."""
        self._sealer = sealer
        self._show()

    def reopen(self, names: Iterable[str]) -> Mapping[str, Host]:
        """Connects anew to those of these hosts whose connection was kept from before, for it may have
        broken since. Those that answer."""
        kept = self._kept.intersection(names)
        self.give_up(kept)
        self._connect(kept)
        return {name: driver for name, driver in self.drivers.items() if name in kept}

    def give_up(self, names: Iterable[str]) -> None:
        """Lets go of connections that are of no use any more: the next `reach` opens others. One that
        hangs may hang while it is closed, too: nobody waits for that."""
        for name in names:
            driver = self._open.pop(name, None)
            if driver:
                threading.Thread(target=_close, args=(driver,), daemon=True).start()
        self._kept = self._kept & self._open.keys()
        self._show()

    def close(self) -> None:
        """Closes all connections."""
        for driver in self._open.values():
            driver.close()
        self._open, self._ways = {}, {}

    def _connect(self, names: Collection[str]) -> None:
        calls = {name: _opener(self._ways[name], self._readonly) for name in sorted(names)}
        opened, failed = at_once(calls, "connecting to")
        self._open |= opened
        self.unreachable = {**self.unreachable, **failed}
        self._show()

    def _show(self) -> None:
        self.drivers = sealed(self._open, self._sealer) if self._sealer else dict(self._open)


def connect(hosts: Mapping[str, DeclaredHost], root: str, *, readonly: bool, guard: Guard = Guard()) -> Hosts:
    """Opens all hosts at once."""
    connected = Hosts(readonly=readonly)
    connected.reach(hosts, root, guard)
    return connected


def _close(driver: Host) -> None:
    with suppress(Exception):  # it is broken, which is why it is closed
        driver.close()


def _may_open(host: DeclaredHost, guard: Guard) -> bool:
    return not guard.untrusted or host.given or guard.allows_uri(host.uri)


def _opener(way: _Way, readonly: bool) -> Callable[[], Host]:
    return lambda: open_host(way.uri, host=way.name, readonly=readonly, credentials=_credentials(way))


def _credentials(way: _Way) -> dict[str, str]:
    return login(way.credentials, way.root, way.guard)


def login(credentials: tuple[tuple[str, SecretSource], ...], root: str, guard: Guard) -> dict[str, str]:
    """What a host asks for at the login, read now; Unreachable when it cannot be read. Files are relative to
    the tree's folder."""
    if not credentials:
        return {}
    from reconciler.inputs.secrets import SecretError, read_text

    try:
        return {name: read_text(source, root, guard) for name, source in credentials}
    except SecretError as error:
        raise Unreachable(f"its credentials cannot be had: {error}") from None
