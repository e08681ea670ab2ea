"""The controller as a service: it reads whose fleet the source's tree is, and serves that one, for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from reconciler.controller.serving import ServiceSettings, Serving
from reconciler.mishaps import told
from specs.desired import Desired
from state import StateError


class Service:
    """Runs until `stop` is set."""

    def __init__(self, settings: ServiceSettings, stop: threading.Event) -> None:
        self._settings, self._stop, self._log = settings, stop, settings.log
        self.wake_source = threading.Event()
        self.serving: Serving | None = None
        self.problem = "no tree was read yet"
        self.beat: Callable[[], None] = lambda: None
        """Called whenever the loop has made progress."""

    def run(self) -> None:
        """Serves the fleet of the source's tree; a tree of another fleet is served anew."""
        while not self._stop.is_set():
            desired = self._first()
            if desired is None:
                continue
            try:
                with self._settings.store(desired) as store:
                    self.problem = ""
                    self.serving = Serving(
                        self._settings, store, self._stop, self.wake_source, self._progressed
                    )
                    self.serving.run()
            except StateError as error:
                self._trouble(f"error: {error}")
            finally:
                self.serving = None

    def _progressed(self) -> None:
        self.beat()

    def _first(self) -> Desired | None:
        """The newest tree that can be read, which says whose state is to be opened."""
        try:
            desired = self._settings.keeper.identity(time.time())
            problems = self._settings.keeper.problems
        except Exception as error:  # noqa: BLE001 - a service outlives its own mistakes
            desired, problems = None, (told(error),)
        if desired is None:
            self._trouble(*problems)
        return desired

    def _trouble(self, *problems: str) -> None:
        self.problem = "; ".join(problems)
        for problem in problems:
            self._log(problem)
        self.beat()
        self.wake_source.wait(min(self._settings.follow, self._settings.interval))
        self.wake_source.clear()
