"""The program at a terminal of its own, as a person uses it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Screen:
    """A terminal with one run of the program; `shown` is what was shown until now."""

    def __init__(self, *arguments: str) -> None:
        self._master, self._slave = pty.openpty()
        self._before = termios.tcgetattr(self._slave)
        self.shown = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reconciler.cli.main", *arguments],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
        )

    def type(self, keys: bytes) -> None:
        """Presses keys."""
        os.write(self._master, keys)

    def shows(self, text: str, seconds: float = 60) -> None:
        """Waits until a text is on the screen."""
        until = time.monotonic() + seconds
        while text not in self.shown:
            quiet = self._look()
            assert time.monotonic() < until, self.shown
            assert not quiet or self.process.poll() is None, self.shown

    def ends(self) -> int:
        """Waits for the program's end, which leaves the terminal as it was; its exit code."""
        until = time.monotonic() + 60
        while self.process.poll() is None:
            assert time.monotonic() < until, self.shown
            self._look()
        while not self._look():
            pass
        assert termios.tcgetattr(self._slave) == self._before, "the terminal is not as it was"
        return self.process.returncode

    def close(self) -> None:
        """Ends the program if need be."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    def _look(self) -> bool:
        """Reads what has come; whether nothing has."""
        if not select.select([self._master], [], [], 0.1)[0]:
            return True
        self.shown += os.read(self._master, 4096).decode(errors="replace")
        return False


@contextmanager
def screen(*arguments: str) -> Iterator[Screen]:
    """A screen that is closed in the end."""
    shown = Screen(*arguments)
    try:
        yield shown
    finally:
        shown.close()
