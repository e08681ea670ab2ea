"""Defining, starting, stopping and removing on a libvirt host."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from contextlib import nullcontext
from functools import partial

import libvirt

from drivers.base.belongings import Belonging
from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.libvirt import domains, marks, removal, renaming, storage
from drivers.libvirt.connection import Connection
from drivers.libvirt.itself import guest
from drivers.libvirt.kinds import CALLS
from drivers.libvirt.lookup import lookup, lookup_same
from specs.desired import StopPolicy
from specs.identity import FACTS, Kind


class LibvirtLifecycle:
    """drivers.base.Lifecycle."""

    def __init__(self, connection: Connection) -> None:
        """Over a connection that may be shared."""
        self._connection = connection
        # Two networks defined at once can be given the same virbrN (networkBridgeNameValidate).
        self._naming = threading.Lock()

    def define(self, kind: Kind, name: str, document: str) -> None:
        """Creates or redefines; a volume is created."""

        def call(handle: libvirt.virConnect) -> None:
            with self._naming if kind is Kind.NETWORK else nullcontext():
                CALLS[kind].define(handle, name, document)

        self._connection.write(call, kind)

    def undefine(
        self, kind: Kind, name: str, *, uuid: str = "", discards: Collection[Belonging] = ()
    ) -> None:
        """Removes what is inactive."""

        def call(handle: libvirt.virConnect) -> None:
            if kind is Kind.VOLUME:
                storage.delete_volume(handle, name)
                return
            found = lookup_same(handle, kind, name, uuid)
            if kind is Kind.DOMAIN:
                removal.undefine(found, discards)
            else:
                if FACTS[kind].runs and found.isActive():
                    raise Refused(f"'{name}' is active: it is stopped before it is undefined")
                found.undefine()

        self._connection.write(call, kind)

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        """Starts what is inactive."""

        def call(handle: libvirt.virConnect) -> None:
            if kind is Kind.DOMAIN:
                domains.start(handle, name, paused=paused)
                return
            _require_running(kind, "started")
            found = lookup(handle, kind, name)
            if not found.isActive():
                create = partial(found.create, 0) if kind is Kind.STORAGE_POOL else found.create
                domains.unless(found.isActive, create)

        self._connection.write(call, kind)

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        """Stops a domain by its policy, a network or pool at once."""

        def call(handle: libvirt.virConnect) -> None:
            _require_running(kind, "stopped")
            found = lookup_same(handle, kind, name, uuid)
            if kind is Kind.DOMAIN:
                domains.stop(found, policy)
            elif found.isActive():
                domains.unless(lambda: not found.isActive(), found.destroy)

        self._connection.write(call, kind)

    def suspend(self, name: str) -> None:
        """Pauses a domain."""
        self._on_domain(name, domains.suspend)

    def resume(self, name: str) -> None:
        """Lets a paused domain run."""
        self._on_domain(name, domains.resume)

    def rename(self, name: str, new_name: str, *, uuid: str = "") -> None:
        """Gives a stopped domain another name."""

        def call(handle: libvirt.virConnect) -> None:
            renaming.rename(handle, name, new_name, uuid)

        self._connection.write(call, Kind.DOMAIN)

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        """Sets whether it starts with its host."""

        def call(handle: libvirt.virConnect) -> None:
            _require_running(kind, "started with its host")
            lookup(handle, kind, name).setAutostart(int(autostart))

        self._connection.write(call, kind)

    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        """Puts the ownership mark into the metadata of a domain or network."""
        put = marks.PUT.get(kind)
        if put is None:
            raise Unsupported(f"a {kind} has no metadata")
        self._connection.write(lambda handle: put(handle, name, mark), kind)

    def set_secret_value(self, name: str, value: bytes) -> None:
        """Gives a secret its value."""
        self._connection.write(
            lambda handle: lookup(handle, Kind.SECRET, name).setValue(value, 0), Kind.SECRET
        )

    def secret_value(self, name: str) -> bytes | None:
        """A secret's value; None where it is private, absent or not told over this connection."""
        try:
            return self._connection.read(lambda handle: bytes(lookup(handle, Kind.SECRET, name).value()))
        except (Refused, Unsupported, NotFound):
            return None

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        """Makes a pool's target ready."""
        self._connection.write(
            lambda handle: storage.build_pool(handle, name, overwrite=overwrite), Kind.STORAGE_POOL
        )

    def refresh_pool(self, name: str) -> None:
        """Makes a pool look at its volumes again."""
        self._connection.write(lambda handle: storage.refresh_pool(handle, name), Kind.STORAGE_POOL)

    def _on_domain(self, name: str, call: Callable[[libvirt.virDomain], object]) -> None:
        self._connection.write(lambda handle: call(guest(handle, name)), Kind.DOMAIN)


def _require_running(kind: Kind, what: str) -> None:
    """Unsupported for a kind of which nothing runs: libvirt has no such call to fail."""
    if kind not in (Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL):
        raise Unsupported(f"a {kind} cannot be {what}")
