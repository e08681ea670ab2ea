"""What a service tells systemd: that it is ready, how it goes, that it lives (see sd_notify(3)).

The protocol is one datagram a message to the socket that NOTIFY_SOCKET names. Where nobody named one, nothing
is told and all goes on as it does.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from specs.plain import plain

_PINGS = 3
"""Signs of life in the time after which systemd takes a process for dead; two are advised
(sd_watchdog_enabled(3))."""
_LONGEST = 200


class Manager:
    """Whoever started this process and wants to be told; threads share it."""

    def __init__(self, address: str = "", watchdog: float = 0.0) -> None:
        self._address, self._every = address, watchdog / _PINGS
        self._pinged, self._said = float("-inf"), ""

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Manager:
        """As the environment says: NOTIFY_SOCKET, and WATCHDOG_USEC where it is meant for this process."""
        microseconds = environment.get("WATCHDOG_USEC", "")
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watched = ours and microseconds.isascii() and microseconds.isdigit()
        return cls(environment.get("NOTIFY_SOCKET", ""), int(microseconds) / 1e6 if watched else 0.0)

    def ready(self) -> None:
        """It has begun: systemd goes on with what comes after it."""
        self._tell("READY=1")

    def status(self, words: str) -> None:
        """How it goes, in a line that `systemctl status` shows; told when it is another."""
        if words != self._said:
            self._said = words
            self._tell(f"STATUS={plain(words, _LONGEST)}")

    def stopping(self) -> None:
        """It has begun to stop."""
        self._tell("STOPPING=1")

    def alive(self) -> None:
        """Its work goes on. To be called as often as it does: it is told as often as it has to be."""
        now = time.monotonic()
        if self._every and now - self._pinged >= self._every:
            self._pinged = now
            self._tell("WATCHDOG=1")

    def _tell(self, message: str) -> None:
        """Whatever comes of it: a manager that does not listen ends nothing."""
        if not self._address:
            return
        # An address that begins with @ stands for one in the abstract namespace.
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
        with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as door:
            door.settimeout(1)
            door.sendto(message.encode(), address)


class Pulse:
    """The beat of the loop: systemd is told that it lives, and whoever asks how long ago it last did."""

    def __init__(self, manager: Manager, clock: Callable[[], float] = time.monotonic) -> None:
        self._manager, self._clock = manager, clock
        self._last = clock()

    def beat(self) -> None:
        """The loop has made progress."""
        self._last = self._clock()
        self._manager.alive()

    @property
    def idle(self) -> float:
        """Seconds since the last beat."""
        return self._clock() - self._last
