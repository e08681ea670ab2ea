"""One loop for all connections that are asynchronous, in a thread of its own: their callers are not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import TimeoutError as TookTooLong
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")


class SharedLoop:
    """The loop of this process, which is started when somebody needs it and ends with the process."""

    def run(self, work: Coroutine[Any, Any, T], patience: float) -> T:
        """What a coroutine gives; TimeoutError, and the end of it, when its time is up."""
        waiting = asyncio.run_coroutine_threadsafe(work, _started())
        try:
            return waiting.result(patience)
        except TookTooLong:
            waiting.cancel()
            raise

    def soon(self, call: Callable[[], object]) -> None:
        """Has something called in the loop, and waits for nothing."""
        _started().call_soon_threadsafe(call)


@lru_cache(maxsize=1)
def _started() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="native-connections", daemon=True).start()
    return loop
