"""One call for each host, all at the same time, and no longer than patience lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from itertools import islice
from typing import TypeVar

from drivers.base.errors import DriverError
from reconciler.mishaps import told
from reconciler.underway import Awaited, doing

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that a host has to answer."""
_NAMED = 3


def at_once(calls: Mapping[str, Callable[[], T]], what: str) -> tuple[dict[str, T], dict[str, str]]:
    """What came of each call, and what is wrong with those that failed or did not answer in time. A call
    that hangs is left behind and never waited for again. `what` is done with them ('reading'), for people
    who wait."""
    with doing(what) as tell:
        return _at_once(calls, tell)


def _at_once(
    calls: Mapping[str, Callable[[], T]], tell: Callable[[Awaited], None]
) -> tuple[dict[str, T], dict[str, str]]:
    done: dict[str, T] = {}
    failed: dict[str, str] = {}
    left = dict.fromkeys(calls)
    mutex = threading.Lock()

    def run(name: str, call: Callable[[], T]) -> None:
        try:
            answer(name, call)
        finally:
            with mutex:
                left.pop(name, None)
                tell(_awaited(left, len(calls)))

    def answer(name: str, call: Callable[[], T]) -> None:
        try:
            done[name] = call()
        except DriverError as error:
            failed[name] = str(error)
        except Exception as error:  # noqa: BLE001 - what could not be read is never taken as absent
            failed[name] = told(error)

    threads = {
        name: threading.Thread(target=run, args=(name, call), daemon=True) for name, call in calls.items()
    }
    tell(_awaited(left, len(calls)))
    for thread in threads.values():
        thread.start()
    deadline = time.monotonic() + PATIENCE
    for name, thread in threads.items():
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            failed[name] = f"did not answer within {PATIENCE:g} s"
    return {n: v for n, v in done.items() if n not in failed}, failed


def _awaited(left: Mapping[str, None], total: int) -> Awaited:
    """The hosts that are waited for; a call's name begins with that of its host."""
    return Awaited(tuple(name.partition(" ")[0] for name in islice(left, _NAMED)), len(left), total)
