"""The controller as a service: it reads whose fleet the source's tree is, and serves that one, for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress

from reconciler.controller.serving import ServiceSettings, Serving
from reconciler.mishaps import told
from specs.desired import Desired
from state import StateError

_BEAT = 0.2
"""Seconds between two signs of life while there is nothing to serve."""


class Service:
    """Runs until `stop` is set; `beat` is called whenever its loop has made progress."""

    def __init__(
        self, settings: ServiceSettings, stop: threading.Event, beat: Callable[[], None] = lambda: None
    ) -> None:
        self._settings, self._stop, self._log, self._beat = settings, stop, settings.log, beat
        self.wake_source = threading.Event()
        """Set by whoever knows that the source may have changed."""

        self.serving: Serving | None = None
        self.problem = "no tree was read yet"
        self.failed = False
        """Whether something was left undone."""

    def run(self) -> None:
        """Serves the fleet of the source's tree; a tree of another fleet is served anew."""
        while not self._stop.is_set():
            desired = self._first()
            if desired is not None and self._serve(desired):
                return
            if self._settings.once:
                self.failed = True
                return
            self._pause()

    @property
    def waiting(self) -> int:
        """How many hosts wait for their round."""
        serving = self.serving
        return serving.waiting if serving is not None else 0

    @property
    def missing(self) -> tuple[str, ...]:
        """What it still needs before it does its work, without names."""
        serving = self.serving
        return serving.missing if serving is not None else ("a tree that can be read, and its state",)

    @property
    def desired(self) -> Desired | None:
        """The tree in force; None while there is none."""
        serving = self.serving
        charge = serving.following.charge if serving is not None else None
        return charge.desired if charge is not None else None

    def wake(self, hosts: Collection[str]) -> None:
        """Tells whoever works these hosts, here or elsewhere, to look at them."""
        serving = self.serving
        if serving is not None:
            with suppress(StateError):
                serving.tenure.tell(hosts)

    def _serve(self, desired: Desired) -> bool:
        """Serves a fleet; whether that came to its end, and not to a fault of the state."""
        try:
            with self._settings.store(desired) as store, self._settings.companions(store, desired):
                serving = Serving(self._settings, store, self._stop, self.wake_source, self._beat)
                self.serving, self.problem = serving, ""
                serving.run()
                self.failed = serving.failed
                return self._stop.is_set() or self._settings.once
        except StateError as error:
            self._say(f"error: {error}")
            return False
        finally:
            self.serving = None

    def _first(self) -> Desired | None:
        """The newest tree that can be read, which says whose state is to be opened. A source that hangs is
        waited for, and the loop is seen to live meanwhile."""
        found: list[Desired | None] = []
        reading = threading.Thread(target=lambda: found.append(self._read()), name="source", daemon=True)
        reading.start()
        while reading.is_alive() and not self._stop.is_set():
            self._beat()
            reading.join(_BEAT)
        return found[0] if found else None

    def _read(self) -> Desired | None:
        try:
            desired = self._settings.keeper.identity(time.time())
            problems = self._settings.keeper.problems
        except Exception as error:  # noqa: BLE001 - a service outlives its own mistakes
            desired, problems = None, (told(error),)
        if desired is None:
            self._say(*(f"invalid: {problem}" for problem in problems))
        return desired

    def _say(self, *problems: str) -> None:
        before, self.problem = self.problem, "; ".join(problems)
        for problem in problems if self.problem != before else ():
            self._log(problem)

    def _pause(self) -> None:
        """Until the source may be another one, or it is time to look."""
        until = time.monotonic() + min(self._settings.follow, self._settings.interval)
        while time.monotonic() < until and not self._stop.is_set():
            self._beat()
            if self.wake_source.wait(_BEAT):
                break
        self.wake_source.clear()
