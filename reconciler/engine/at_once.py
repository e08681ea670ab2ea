"""One call for each host, all at the same time, and no longer than patience lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from drivers.base.errors import DriverError
from reconciler.mishaps import told

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that a host has to answer."""


def at_once(calls: Mapping[str, Callable[[], T]]) -> tuple[dict[str, T], dict[str, str]]:
    """What came of each call, and what is wrong with those that failed or did not answer in time. A call
    that hangs is left behind and never waited for again."""
    done: dict[str, T] = {}
    failed: dict[str, str] = {}

    def run(name: str, call: Callable[[], T]) -> None:
        try:
            done[name] = call()
        except DriverError as error:
            failed[name] = str(error)
        except Exception as error:  # noqa: BLE001 - what could not be read is never taken as absent
            failed[name] = told(error)

    threads = {
        name: threading.Thread(target=run, args=(name, call), daemon=True) for name, call in calls.items()
    }
    for thread in threads.values():
        thread.start()
    deadline = time.monotonic() + PATIENCE
    for name, thread in threads.items():
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            failed[name] = f"did not answer within {PATIENCE:g} s"
    return {n: v for n, v in done.items() if n not in failed}, failed
