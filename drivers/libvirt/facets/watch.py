"""Changes of a libvirt host as they happen, over a connection that nothing else uses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import libvirt

from drivers.base import Change
from drivers.base.errors import Unreachable
from drivers.libvirt.connection import Connection
from drivers.libvirt.errors import is_lost, translated
from drivers.libvirt.happenings import EVENTS, Told
from drivers.libvirt.releasing import release

_KEEPALIVE = (2, 3)
"""A frozen host is noticed after 8 s, and an idle one costs a packet every 2 s."""


class LibvirtWatcher:
    """drivers.base.Watcher. libvirt's event loop, one thread for all hosts, calls back."""

    def __init__(self, connection: Connection) -> None:
        """To the host that this connection leads to."""
        self._connection = connection

    def events(self, tell: Callable[[Change], None], lost: Callable[[], None]) -> Callable[[], None]:
        """Subscribes; the handle is read-only, and closed with the subscription."""
        return Subscription(self._connection, tell, lost).end


class Subscription:
    """One handle that is called back, until it breaks or is given up."""

    def __init__(
        self, connection: Connection, tell: Callable[[Change], None], lost: Callable[[], None]
    ) -> None:
        """Begins at once; raises what the driver raises."""
        self._tell, self._lost, self._connection = tell, lost, connection
        self._mutex = threading.Lock()
        self._begun = self._over = False
        self._given: list[Callable[[], object]] = []
        self._handle = connection.apart(_KEEPALIVE)
        try:
            self._register()
            self._begin()
        except BaseException:
            self._finish()
            raise
        connection.closes_with_it(self._closed)

    def end(self) -> None:
        """Nothing more is told. Nobody waits for a host that may hang."""
        if self._finish():
            self._connection.no_longer_closes(self._closed)

    def _register(self) -> None:
        with suppress(libvirt.libvirtError):  # a driver inside this process never loses itself
            self._handle.registerCloseCallback(self._closed, None)
            self._given.append(self._handle.unregisterCloseCallback)
        for number, event in enumerate(EVENTS):
            try:
                self._subscribe(event)
            except libvirt.libvirtError as error:
                # An older daemon does not know each event, and a hypervisor may lack a kind.
                if number == 0 or is_lost(error):
                    raise translated(error) from error

    def _subscribe(self, event: Told) -> None:
        register = getattr(self._handle, f"{_camel(event.family)}EventRegisterAny")
        forget = getattr(self._handle, f"{_camel(event.family)}EventDeregisterAny")

        def call(_handle: object, found: object, *more: Any) -> None:
            change = event.change(found, *more[:-1])
            if change and not self._over:
                self._tell(change)

        known = register(None, event.number, call, None)
        self._given.append(lambda: forget(known))

    def _begin(self) -> None:
        with self._mutex:
            if self._over:
                raise Unreachable(f"the connection to {self._connection.uri} was lost")
            self._begun = True

    def _closed(self, *_: object) -> None:
        """Called by libvirt, which holds a lock of the handle's own, or by whoever closes the host."""
        begun = self._begun
        if self._finish() and begun:
            self._connection.no_longer_closes(self._closed)
            self._lost()

    def _finish(self) -> bool:
        """Whether it was not over before. The handle is let go of by a thread that may hang with it, and that
        holds no lock of it."""
        with self._mutex:
            if self._over:
                return False
            self._over = True
        release(self._release)
        return True

    def _release(self) -> None:
        """Every registration keeps the handle alive (virObjectEventCallbackListAddID)."""
        for forget in self._given:
            with suppress(libvirt.libvirtError):  # of a lost connection it is forgotten all the same
                forget()
        with suppress(libvirt.libvirtError):
            self._handle.close()


def _camel(family: str) -> str:
    first, *others = family.split("_")
    return first + "".join(word.capitalize() for word in others)
