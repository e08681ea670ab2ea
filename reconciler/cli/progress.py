"""How far long actions are: one line that is written over on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from reconciler.cli import out
from reconciler.cli.common import Common
from reconciler.plan.model import Result
from reconciler.report import text
from reconciler.report.paint import paint_for
from specs.plain import plain

if TYPE_CHECKING:
    from reconciler.execute import Progress
    from reconciler.log import Log

_EVERY = 10.0
"""Seconds between two lines where they cannot be written over."""


class Notes:
    """The notes of one run; may be told by several threads."""

    def __init__(self, common: Common) -> None:
        self._common = common
        self._terminal = sys.stderr.isatty()
        self._mutex = threading.Lock()
        self._shown = False
        self._last = time.monotonic()

    def show(self, note: str) -> None:
        """Shows a note, unless another was just shown."""
        now = time.monotonic()
        with self._mutex:
            if self._common.quiet or now - self._last < (0.1 if self._terminal else _EVERY):
                return
            self._last = now
            if self._terminal:
                width = shutil.get_terminal_size().columns
                out.replace_line(plain(note)[: width - 1])
                self._shown = True
            else:
                self._common.tell(note)

    def clear(self) -> None:
        """Makes room for a line that stays."""
        with self._mutex:
            if self._shown:
                out.replace_line("")
                self._shown = False


def shower(common: Common) -> Callable[[Progress], None]:
    """Shows the steps of a plan as they are done."""
    paint, notes = paint_for(common.color, sys.stderr), Notes(common)

    def show(step: Progress) -> None:
        if step.note:
            notes.show(f"{step.action.id}: {step.note}")
        elif step.outcome and step.outcome.result is not Result.DEFERRED:
            notes.clear()
            common.tell(text.outcome_line(step.outcome, paint))

    return show


def logged(common: Common, log: Log) -> Callable[[Progress], None]:
    """Writes into a log what became of each action, with what it is about."""

    def note(step: Progress) -> None:
        action, outcome = step.action, step.outcome
        silent = (Result.DEFERRED, Result.DONE) if common.quiet else (Result.DEFERRED,)
        if outcome and outcome.result not in silent:
            told = f": {outcome.message}" if outcome.message else ""
            message = f"{outcome.result}: {action.id} ({outcome.seconds:.1f} s){told}"
            log(message, event="action", host=action.host, address=str(action.address))

    return note
