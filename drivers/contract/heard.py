"""What a watcher tells, kept until a test asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.base import Change, Happening, Watcher
from specs.identity import Kind

PATIENCE = 60.0


class Heard:
    """Everything that one subscription told, and how often it was lost."""

    def __init__(self, watcher: Watcher | None = None) -> None:
        """Subscribes, if it is given a watcher."""
        self.changes: list[Change] = []
        self.lost = 0
        self._news = threading.Condition()
        self.end: Callable[[], None] = watcher.events(self.tell, self.lose) if watcher else lambda: None

    def tell(self, change: Change) -> None:
        """Keeps a change."""
        with self._news:
            self.changes.append(change)
            self._news.notify_all()

    def lose(self) -> None:
        """Counts a loss."""
        with self._news:
            self.lost += 1
            self._news.notify_all()

    def of(self, kind: Kind, name: str, since: int = 0) -> list[Happening]:
        """What happened to one object."""
        return [change.what for change in self.changes[since:] if (change.kind, change.name) == (kind, name)]

    def wait(self, enough: Callable[[], bool]) -> None:
        """Until what was told is enough."""
        with self._news:
            assert self._news.wait_for(enough, PATIENCE), (self.changes, self.lost)

    def wait_for(self, what: Happening, kind: Kind, name: str, since: int = 0) -> None:
        """Until that was told of the object, among what was told after so many changes."""
        self.wait(lambda: what in self.of(kind, name, since))
