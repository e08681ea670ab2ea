"""One connection to a libvirt daemon: opened when needed, opened again when it was lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

import libvirt

from drivers.errors import Refused, Unreachable
from drivers.libvirt.errors import fell_silent, is_lost, translated, was_unsent
from drivers.libvirt.opening import PATIENCE, Silent, open_handle
from specs.identity import Kind

T = TypeVar("T")

# libvirt prints every error to stderr by itself unless somebody takes them.
libvirt.registerErrorHandler(lambda _context, _error: None, None)


class Connection:
    """A handle that may be lost and found again; may be shared by threads. `credentials` are the answers to
    what libvirt asks for at the login: authname, passphrase."""

    def __init__(
        self, uri: str, *, readonly: bool, credentials: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.uri, self.readonly = uri, readonly
        self._credentials = credentials
        self._mutex = threading.Lock()
        self._closed = False
        self._silence: Silent | None = None
        self._silent_until = 0.0
        self._handle: libvirt.virConnect | None = None
        self.handle()

    def handle(self) -> libvirt.virConnect:
        """The open handle; raises Unreachable when it cannot be had. Of many who want it from a host that
        says nothing, only the first waits."""
        with self._mutex:
            if self._closed:
                raise Unreachable(f"the connection to {self.uri} is closed")
            if self._handle is None:
                if self._silence and time.monotonic() < self._silent_until:
                    raise Unreachable(self._silence.message, self._silence.hint)
                try:
                    self._handle = open_handle(
                        self.uri, readonly=self.readonly, credentials=self._credentials
                    )
                except Silent as error:
                    self._silence, self._silent_until = error, time.monotonic() + PATIENCE
                    raise
            return self._handle

    def read(self, call: Callable[[libvirt.virConnect], T]) -> T:
        """Runs a call that changes nothing; a lost connection is opened again once, but not to a host that
        has been waited for already."""
        try:
            return self._run(call)
        except Unreachable as error:
            if fell_silent(error.__cause__):
                raise
            return self._run(call)

    def write(self, call: Callable[[libvirt.virConnect], T], about: Kind) -> T:
        """Runs a call that changes something: never twice, for its reply may just have been lost. Only a
        request that could not even be sent is sent again, over a new connection."""
        if self.readonly:
            raise Refused("the connection is read-only")
        try:
            return self._run(call, about)
        except Unreachable as error:
            if not was_unsent(error.__cause__):
                raise
            return self._run(call, about)

    def another(self) -> Connection:
        """A second connection to the same place."""
        return Connection(self.uri, readonly=self.readonly, credentials=self._credentials)

    def close(self) -> None:
        """Closes the handle for good."""
        with self._mutex:
            self._closed = True
            handle, self._handle = self._handle, None
        if handle is not None:
            try:
                handle.close()
            except libvirt.libvirtError:
                return  # it was lost already

    def _run(self, call: Callable[[libvirt.virConnect], T], about: Kind | None = None) -> T:
        handle = self.handle()
        try:
            return call(handle)
        except libvirt.libvirtError as error:
            if is_lost(error) or not self._alive(handle):
                self._lose(handle)
                raise Unreachable(f"the connection to {self.uri} was lost: {error}") from error
            raise translated(error, about) from error

    @staticmethod
    def _alive(handle: libvirt.virConnect) -> bool:
        try:
            return bool(handle.isAlive())
        except libvirt.libvirtError:
            return False

    def _lose(self, handle: libvirt.virConnect) -> None:
        with self._mutex:
            if self._handle is handle:
                self._handle = None
