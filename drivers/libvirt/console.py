"""A guest's serial console over a libvirt stream.

A stream that blocks cannot be ended from another thread, so this one does not block: libvirt's event loop
serves it. Every console has a connection of its own, which nobody else waits for.
"""

from __future__ import annotations

import queue
import time
from contextlib import suppress

import libvirt

from drivers.base.errors import DriverError, Refused, Unreachable, Unsupported
from drivers.libvirt.connection import Connection
from specs.identity import Kind
from specs.xml import NotXml, parse

_PIECE = 64 * 1024
_BUSY = 0.01
_IN_USE = "Active console session"
_NO_CONSOLE = ("cannot find character device", "cannot find console device", "no console devices")


class LibvirtConsole:
    """An attached console (drivers.base.Console)."""

    def __init__(self, connection: Connection, name: str, device: str, *, force: bool) -> None:
        """Attaches over a connection of its own, which it closes in the end.

        Raises Refused when the guest does not run, has no such console, or somebody else is attached
        and `force` does not throw them out; Unsupported where the hypervisor has no such call.
        """
        self._connection = connection
        self._pieces: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ended = False
        flags = libvirt.VIR_DOMAIN_CONSOLE_FORCE if force else 0
        try:
            self._stream = connection.write(
                lambda handle: self._attach(handle, name, device, flags), Kind.DOMAIN
            )
        except Refused as error:
            known = _consoles(connection, name)
            connection.close()
            raise _explained(error, name, device, known) from error.__cause__
        except DriverError:
            connection.close()
            raise

    def _attach(self, handle: libvirt.virConnect, name: str, device: str, flags: int) -> libvirt.virStream:
        with suppress(libvirt.libvirtError):  # a driver inside this process is never lost
            handle.registerCloseCallback(lambda _handle, _reason, _opaque: self._end(), None)
        stream = handle.newStream(libvirt.VIR_STREAM_NONBLOCK)
        handle.lookupByName(name).openConsole(device or None, stream, flags)
        events = (
            libvirt.VIR_STREAM_EVENT_READABLE
            | libvirt.VIR_STREAM_EVENT_ERROR
            | libvirt.VIR_STREAM_EVENT_HANGUP
        )
        stream.eventAddCallback(events, self._happened, None)
        return stream

    def read(self) -> bytes:
        """What the guest has written since; waits for it. b'' when the console has ended."""
        if self._ended and self._pieces.empty():
            return b""
        return self._pieces.get()

    def write(self, data: bytes) -> None:
        """Types; Unreachable when the console has ended."""
        while data:
            if self._ended:
                raise Unreachable("the console has ended")
            try:
                sent = self._stream.send(data)
            except libvirt.libvirtError as error:
                self._end()
                raise Unreachable(f"the console has ended: {error}") from error
            if sent < 0:
                time.sleep(_BUSY)
            else:
                data = data[sent:]

    def close(self) -> None:
        """Detaches; a waiting `read` ends, and by then the console is free for the next one.

        libvirt-python never lets go of a stream that had a callback, so the connection's two descriptors stay
        until the process ends.
        """
        for step in (self._stream.eventRemoveCallback, self._stream.abort, self._forget_close_callback):
            with suppress(libvirt.libvirtError):  # it has ended by itself
                step()
        self._end()
        self._connection.close()

    def _forget_close_callback(self) -> None:
        """libvirt keeps a connection open as long as it has a callback."""
        self._stream.connect().unregisterCloseCallback()

    def _happened(self, stream: libvirt.virStream, events: int, _opaque: object) -> None:
        """Called by the event loop."""
        if self._ended:
            return
        try:
            if events & libvirt.VIR_STREAM_EVENT_READABLE:
                while isinstance(piece := stream.recv(_PIECE), bytes) and piece:
                    self._pieces.put(piece)
                if piece == b"":
                    self._end()
            elif events:
                self._end()
        except libvirt.libvirtError:
            self._end()

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._pieces.put(b"")


def _consoles(connection: Connection, name: str) -> tuple[str, ...]:
    """The names by which a guest's consoles are told apart; () where that cannot be told."""
    with suppress(DriverError, NotXml):
        root = parse(connection.read(lambda handle: str(handle.lookupByName(name).XMLDesc(0))))
        ports = (*root.iterfind("devices/serial/alias"), *root.iterfind("devices/console/alias"))
        return tuple(dict.fromkeys(str(alias.get("name")) for alias in ports))
    return ()


def _explained(error: Refused, name: str, device: str, known: tuple[str, ...]) -> DriverError:
    """libvirt's own words where they say it all, else better ones."""
    if _IN_USE in error.message:
        return Refused(f"somebody else is attached to the console of '{name}'", "--force throws them out")
    if any(sign in error.message for sign in _NO_CONSOLE):
        what = f"no console '{device}'" if device else "no console"
        if known:
            return Refused(f"'{name}' has {what}", f"it has {', '.join(known)}")
        return Refused(f"'{name}' has {what}", "declare a serial console: <console type='pty'/>")
    if "not using a PTY" in error.message:
        return Unsupported(
            f"the console of '{name}' goes to a file or a socket, not to a terminal",
            "a console of type pty can be attached to",
        )
    return error
