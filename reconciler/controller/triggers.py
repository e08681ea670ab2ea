"""What wakes the loop: time, and files that change."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from specs.reading.ignoring import IGNORE_FILE
from specs.reading.walking import rules_of


class FileChanges(FileSystemEventHandler):
    """Sets an event when a file of the tree changes."""

    def __init__(self, tree: Path, wake: threading.Event) -> None:
        self._tree, self._wake = tree, wake
        self._rules = rules_of(tree)
        self._observer = Observer()
        self._observer.schedule(self, str(tree), recursive=True)

    def start(self) -> None:
        """Begins to watch. Raises OSError where the machine does not let us."""
        self._observer.start()

    def stop(self) -> None:
        """Watches no more."""
        self._observer.stop()
        self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Reading is no change, and what stands in dot-folders (the state, git) is not the tree."""
        if event.event_type in ("opened", "closed_no_write"):
            return
        if event.is_directory and event.event_type == "modified":
            return
        paths = [os.path.relpath(os.fsdecode(p), self._tree) for p in (event.src_path, event.dest_path) if p]
        if any(os.path.basename(path) == IGNORE_FILE for path in paths):  # noqa: PTH119
            self._rules = rules_of(self._tree)
            self._wake.set()
        elif any(self._counts(path, folder=event.is_directory) for path in paths):
            self._wake.set()

    def _counts(self, path: str, *, folder: bool) -> bool:
        """Any file may be one that a document names: user data, an image. What an ignore file leaves out is
        seen at the next look, if a document names it."""
        if any(part.startswith(".") for part in Path(path).parts):
            return False
        return not self._rules.leave_out(path, folder=folder)


def next_pause(interval: float, jitter: float) -> float:
    """Seconds until the next round: the interval, give or take its part of jitter (0 to 1)."""
    return interval * (1 + random.uniform(-jitter, jitter))  # noqa: S311 - spreads load, guards nothing


def settle(wake: threading.Event, stop: threading.Event, quiet: float) -> None:
    """Waits until no file has changed for `quiet` seconds: an editor or a checkout writes many."""
    while wake.is_set() and not stop.is_set():
        wake.clear()
        deadline = time.monotonic() + quiet
        while time.monotonic() < deadline and not wake.is_set() and not stop.is_set():
            time.sleep(min(0.05, quiet))
