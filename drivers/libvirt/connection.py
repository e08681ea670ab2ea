"""One connection to a libvirt daemon: opened when needed, opened again when it was lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TypeVar

import libvirt

from drivers.base.errors import Refused, Unreachable
from drivers.libvirt.errors import fell_silent, is_lost, translated, was_unsent
from drivers.libvirt.opening import Silent, open_handle
from specs.identity import Kind
from specs.xml import NotXml

T = TypeVar("T")

_HANDLES = 8
"""How many calls at once have a handle each; more of them share one, for a host bears only so many."""

# libvirt prints every error to stderr by itself unless somebody takes them.
libvirt.registerErrorHandler(lambda _context, _error: None, None)

_SILENCE = 5.0
"""Seconds for which a host that did not answer is not asked again."""


class Connection:
    """Handles that may be lost and found again; may be shared by threads. `credentials` are the answers to
    what libvirt asks for at the login: authname, passphrase.

    Calls at the same time have a handle each, for libvirt tells only one of the threads that wait on a
    handle that its host was given up; the others wait on (virNetClientIOEventLoop uses no timeout)."""

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
        self._free: list[libvirt.virConnect] = []
        self._taken = 0
        self._dependents: list[Callable[[], None]] = []
        self._give(self.handle())

    def handle(self) -> libvirt.virConnect:
        """A handle to keep for a while, which calls may use too; Unreachable when it cannot be had."""
        with self._mutex:
            return self._shared()

    def _shared(self) -> libvirt.virConnect:
        if self._handle is None:
            self._handle = self._open()
        return self._handle

    def _open(self) -> libvirt.virConnect:
        """Of many who want a handle to a host that says nothing, only the first waits."""
        if self._closed:
            raise Unreachable(f"the connection to {self.uri} is closed")
        if self._silence and time.monotonic() < self._silent_until:
            raise Unreachable(self._silence.message, self._silence.hint)
        try:
            return open_handle(self.uri, readonly=self.readonly, credentials=self._credentials)
        except Silent as error:
            self._silence, self._silent_until = error, time.monotonic() + _SILENCE
            raise

    def _take(self) -> libvirt.virConnect:
        with self._mutex:
            if self._free:
                handle = self._free.pop()
            else:
                handle = self._open() if 0 < self._taken < _HANDLES else self._shared()
            self._taken += 1
            return handle

    def _give(self, handle: libvirt.virConnect) -> None:
        with self._mutex:
            if not self._closed and handle not in self._free:
                self._free.append(handle)

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

    def apart(self, keepalive: tuple[int, int]) -> libvirt.virConnect:
        """A read-only handle that no call uses, and that the caller closes."""
        if self._closed:
            raise Unreachable(f"the connection to {self.uri} is closed")
        return open_handle(self.uri, readonly=True, credentials=self._credentials, keepalive=keepalive)

    def closes_with_it(self, close: Callable[[], None]) -> None:
        """Has it called when this is closed."""
        with self._mutex:
            self._dependents.append(close)
            closed = self._closed
        if closed:
            close()

    def no_longer_closes(self, close: Callable[[], None]) -> None:
        """Forgets it: what it would close is closed."""
        with self._mutex, suppress(ValueError):
            self._dependents.remove(close)

    def close(self) -> None:
        """Closes all handles for good."""
        with self._mutex:
            self._closed = True
            dependents = self._dependents.copy()
            handles = {*self._free, *filter(None, [self._handle])}
            self._handle, self._free = None, []
        for close in dependents:
            close()
        for handle in handles:
            with suppress(libvirt.libvirtError):  # it was lost already
                handle.close()

    def _run(self, call: Callable[[libvirt.virConnect], T], about: Kind | None = None) -> T:
        handle = self._take()
        try:
            answer = call(handle)
        except libvirt.libvirtError as error:
            if is_lost(error) or not self._alive(handle):
                self._lose(handle)
                raise Unreachable(f"the connection to {self.uri} was lost: {error}") from error
            self._give(handle)
            raise translated(error, about) from error
        except UnicodeDecodeError as error:
            self._give(handle)
            raise Refused("what the host answered is not UTF-8") from error
        except NotXml as error:
            self._give(handle)
            raise Refused(f"a document that the host gave cannot be read: {error}") from error
        except BaseException:
            self._give(handle)
            raise
        finally:
            with self._mutex:
                self._taken -= 1
        self._give(handle)
        return answer

    @staticmethod
    def _alive(handle: libvirt.virConnect) -> bool:
        try:
            return bool(handle.isAlive())
        except libvirt.libvirtError:
            return False

    def _lose(self, handle: libvirt.virConnect) -> None:
        """With one handle, all that nobody uses are lost: they lead to the same daemon."""
        with self._mutex:
            idle, self._free = self._free, []
            if self._handle is handle or self._handle in idle:
                self._handle = None
        idle.clear()  # closed here, where nobody waits for the mutex
