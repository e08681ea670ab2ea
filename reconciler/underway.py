"""What is under way: whoever begins something that may take a while writes it on a board, and whoever shows
it looks there now and then. Where nobody looks, it costs next to nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.base.progress import Detail


@dataclass(frozen=True, slots=True)
class Awaited:
    """Those of several who have not answered yet: the first of them by name, how many there are, of how
    many."""

    names: tuple[str, ...]
    left: int
    total: int


@dataclass(frozen=True, slots=True)
class RunningStep:
    """One thing that is under way: since when (by the monotonic clock), and what of it is worth knowing.
    `begun` is when its transfer began and at how many bytes."""

    what: str
    since: float
    detail: Detail | Awaited | None = None
    begun: tuple[float, int] = (0.0, 0)


class Board:
    """All that is under way in this process; may be written on by any thread."""

    def __init__(self) -> None:
        self._steps: dict[object, RunningStep] = {}
        self._mutex = threading.Lock()

    @property
    def steps(self) -> tuple[RunningStep, ...]:
        """The oldest first."""
        with self._mutex:
            return tuple(self._steps.values())

    def begin(self, key: object, what: str) -> None:
        """Something begins."""
        with self._mutex:
            self._steps[key] = RunningStep(what, time.monotonic())

    def tell(self, key: object, detail: Detail | Awaited | None) -> None:
        """How far it is; of what has ended, nothing is kept."""
        with self._mutex:
            step = self._steps.get(key)
            if step is None:
                return
            done, before = getattr(detail, "done", None), getattr(step.detail, "done", None)
            goes_on = before is not None and getattr(step.detail, "what", "") == getattr(detail, "what", "")
            begun = step.begun if done is None or goes_on else (time.monotonic(), done)
            self._steps[key] = replace(step, detail=detail, begun=begun)

    def end(self, key: object) -> None:
        """It has ended."""
        with self._mutex:
            self._steps.pop(key, None)


BOARD = Board()
"""The process's own."""


@contextmanager
def doing(what: str, board: Board = BOARD) -> Iterator[Callable[[Detail | Awaited | None], None]]:
    """Something that may take a while: it stands on the board while the block runs. How far it is goes to the
    function that is given."""
    key = object()
    board.begin(key, what)
    try:
        yield lambda detail: board.tell(key, detail)
    finally:
        board.end(key)
