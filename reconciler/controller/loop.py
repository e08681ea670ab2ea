"""The level-based loop: each round looks at everything; events only wake it early."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reconciler.controller.triggers import FileChanges, next_pause, settle
from reconciler.inputs.sources import SourceError, pull


@dataclass(frozen=True, slots=True)
class Pace:
    """How often rounds are made: seconds between them, their jitter (0 to 1), seconds of quiet after
    a file changed; `once` makes a single round."""

    interval: float
    jitter: float = 0.1
    quiet: float = 0.5
    once: bool = False


def run_loop(
    tree: Path,
    reconcile: Callable[[], None],
    log: Callable[[str], None],
    stop: threading.Event,
    pace: Pace,
    *,
    follow: bool = False,
) -> None:
    """Makes rounds until `stop` is set. `reconcile` makes one and raises nothing for what it finds;
    with `follow`, the working copy is brought up to date before each."""
    wake = threading.Event()
    changes = None if pace.once else _watch(tree, wake, log)
    try:
        while not stop.is_set():
            if follow:
                try:
                    pull(tree)
                except SourceError as error:
                    log(f"not up to date: {error}")
            wake.clear()
            reconcile()
            if pace.once:
                return
            _wait(wake, stop, next_pause(pace.interval, pace.jitter))
            settle(wake, stop, pace.quiet)
    finally:
        if changes:
            changes.stop()


def _watch(tree: Path, wake: threading.Event, log: Callable[[str], None]) -> FileChanges | None:
    """Watches the files where the machine lets us; else only time makes rounds."""
    changes = FileChanges(tree, wake)
    try:
        changes.start()
    except OSError as error:
        log(f"file changes are not noticed, only --interval counts: {error.strerror}")
        return None
    return changes


def _wait(wake: threading.Event, stop: threading.Event, seconds: float) -> None:
    """Until a file changes, the time is up, or we are to stop."""
    remaining = seconds
    while remaining > 0 and not stop.is_set() and not wake.wait(min(0.2, remaining)):
        remaining -= 0.2
