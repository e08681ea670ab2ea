"""What is under way, shown while it lasts: one line that is written over on a terminal, a line now and then
elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from reconciler.cli import out
from reconciler.underway import BOARD, Board

SHOWN_AFTER = 2.0
"""Seconds after which something that lasts is worth a line."""
_REDRAWN = 0.25
_EVERY = 10.0
"""Seconds between two lines where they cannot be written over."""


class ProgressDisplay:
    """Shows a board. `say` writes a line that stays, where there is no terminal to write over."""

    def __init__(self, board: Board, say: Callable[[str], None], every: float, *, terminal: bool) -> None:
        self._board, self._say, self._terminal = board, say, terminal
        self._pause = _REDRAWN if terminal else every
        self._begun = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)

    def begin(self) -> None:
        """From now on it is looked at now and then."""
        self._thread.start()

    def end(self) -> None:
        """Nothing of it is left on a terminal."""
        self._over.set()
        self._thread.join()
        if self._terminal:
            out.replace_line("")

    def look(self, now: float) -> None:
        """Shows what is under way for long enough, or while nothing was said for as long."""
        from reconciler.report.progress import progress_line
        from reconciler.report.wrap import terminal_width

        quiet = now - max(self._begun, out.last_said())
        steps = self._board.steps
        lasting = bool(steps) and max(now - steps[0].since, quiet) >= SHOWN_AFTER
        if self._terminal:
            out.replace_line(progress_line(steps, now, terminal_width(sys.stderr) - 1) if lasting else "")
        elif lasting:
            self._say(progress_line(steps, now))

    def _run(self) -> None:
        while not self._over.wait(self._pause):
            if _displays[-1:] == [self]:
                with suppress(OSError, ValueError):  # the terminal has gone, which ends nothing else
                    self.look(time.monotonic())


_displays: list[ProgressDisplay] = []
"""The last one shows something; those before it wait until it has ended."""


@contextmanager
def showing(
    *, quiet: bool = False, say: Callable[[str], None] = out.tell, every: float = _EVERY
) -> Iterator[None]:
    """While the block runs, what is under way is shown on standard error, unless it is to be quiet."""
    if quiet:
        yield
        return
    display = ProgressDisplay(BOARD, say, every, terminal=sys.stderr.isatty())
    _displays.append(display)
    display.begin()
    try:
        yield
    finally:
        _displays.remove(display)
        display.end()
