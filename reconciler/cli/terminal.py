"""A terminal joined to a guest's console: what is typed goes there, what comes is shown."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from drivers.base import Console
from drivers.base.errors import DriverError

_PIECE = 4096
_ENDING = (signal.SIGTERM, signal.SIGHUP)


def escape_byte(text: str) -> bytes:
    """The byte of '^]' or of one character; b'' for 'none'. ValueError for anything else."""
    if text == "none":
        return b""
    if len(text) == 2 and text[0] == "^" and "@" <= text[1].upper() <= "_":
        return bytes([ord(text[1].upper()) & 0x1F])
    if len(text) == 1 and text.isascii():
        return text.encode()
    raise ValueError(f"'{text}' is no escape character; write ^ and a letter or one of [ ] \\ _, or none")


def join(console: Console, escape: bytes, timeout: float = 0.0) -> None:
    """Carries bytes both ways until the console ends, the escape character is typed, or `timeout`
    seconds (0: never) are over.

    Input that is no terminal is sent to its end as it is, without an escape character, and the console is
    shown on. The terminal is as before whatever ends it, signals and errors included.
    """
    source = sys.stdin.fileno()
    ended, end = os.pipe()
    shower = _Shower(console, end)
    try:
        with _signals_raised(), _raw(source):
            shower.start()
            _send(console, source, ended, escape if os.isatty(source) else b"", timeout)
    finally:
        console.close()
        shower.join(1.0)
        if not shower.is_alive():
            os.close(end)
            os.close(ended)
    if shower.error:
        raise shower.error


class _Shower(threading.Thread):
    """Shows what the guest writes; a byte in `end` says that there will be no more."""

    def __init__(self, console: Console, end: int) -> None:
        super().__init__(daemon=True)
        self._console, self._end = console, end
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            while piece := self._console.read():
                sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
        except (DriverError, OSError) as error:
            self.error = error
        os.write(self._end, b".")


def _send(console: Console, source: int, ended: int, escape: bytes, timeout: float) -> None:
    until = time.monotonic() + timeout if timeout else None
    waited = [source, ended]
    while True:
        left = None if until is None else max(0.0, until - time.monotonic())
        ready, _, _ = select.select(waited, [], [], left)
        if ended in ready or not ready:
            return
        typed = os.read(source, _PIECE)
        if not typed:
            waited = [ended]
        before, found, _ = typed.partition(escape) if escape else (typed, b"", b"")
        try:
            console.write(before)
        except DriverError:
            return  # it has ended meanwhile
        if found:
            return


@contextmanager
def _raw(source: int) -> Iterator[None]:
    """A terminal that hands over every key as it is pressed; anything else is left alone."""
    if not os.isatty(source):
        yield
        return
    before = termios.tcgetattr(source)
    try:
        tty.setraw(source)
        yield
    finally:
        termios.tcsetattr(source, termios.TCSADRAIN, before)


@contextmanager
def _signals_raised() -> Iterator[None]:
    """Signals that would end the process at once end it in order."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
