"""What wakes the loop: time, and files that change."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer


class FileChanges(FileSystemEventHandler):
    """Sets an event when a file of the tree changes."""

    def __init__(self, tree: Path, wake: threading.Event) -> None:
        self._tree, self._wake = tree, wake
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
        paths = (event.src_path, event.dest_path)
        if any(self._counts(os.fsdecode(path)) for path in paths if path):
            self._wake.set()

    def _counts(self, path: str) -> bool:
        """Any file may be one that a document names: user data, an image."""
        parts = Path(os.path.relpath(path, self._tree)).parts
        return not any(part.startswith(".") for part in parts)


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
