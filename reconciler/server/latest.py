"""The newest answer to something slow: whoever asks often does not make it be asked more often."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

from state import StateError

T = TypeVar("T")


class Latest(Generic[T]):
    """Asks in a thread, once at a time; an answer is good for `fresh` seconds, and nobody waits longer than
    `patience`: what hangs holds one thread, not one for each who asks."""

    def __init__(self, ask: Callable[[], T], fresh: float, patience: float = 5.0) -> None:
        self._ask, self._fresh, self._patience = ask, fresh, patience
        self._asked = 0.0
        self._task: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The answer. Raises StateError when it does not come, or what asking raises."""
        task = self._task
        if task is None or (task.done() and time.monotonic() - self._asked > self._fresh):
            task = self._task = asyncio.create_task(run_in_threadpool(self._ask))
            task.add_done_callback(_seen)
            self._asked = time.monotonic()
        await asyncio.wait({task}, timeout=self._patience)
        if not task.done():
            raise StateError("it does not answer")
        return task.result()


def _seen(task: asyncio.Task[T]) -> None:
    """What went wrong is told to who asks next; asyncio need not complain that nobody did."""
    if not task.cancelled():
        task.exception()
