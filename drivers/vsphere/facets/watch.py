"""Changes as they happen: one long question, answered when something has changed (WaitForUpdatesEx)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from drivers.base import Change
from drivers.base.errors import DriverError, Unreachable
from drivers.vsphere.following import UpdateFilter
from drivers.vsphere.site import VsphereSite


class VsphereWatcher:
    """drivers.base.Watcher."""

    def __init__(self, site: VsphereSite) -> None:
        """Within the scope of a site."""
        self._site = site
        self._lock = threading.Lock()
        self._subscribed: set[_UpdateListener] = set()
        self._closed = False

    def events(self, tell: Callable[[Change], None], lost: Callable[[], None]) -> Callable[[], None]:
        """Follows the datacenter, from what is there now on."""
        with self._lock:
            if self._closed:
                raise Unreachable(f"the connection to {self._site.settings.uri} is closed")
        following = UpdateFilter(self._site)
        following.begin()
        subscription = _UpdateListener(following, tell, lost)
        with self._lock:
            self._subscribed.add(subscription)
        subscription.start()

        def end() -> None:
            with self._lock:
                self._subscribed.discard(subscription)
            subscription.end()

        return end

    def close(self) -> None:
        """Nobody who subscribed hears more."""
        with self._lock:
            self._closed = True
            subscribed, self._subscribed = self._subscribed, set()
        for each in subscribed:
            if each.end():
                each.lost()


class _UpdateListener(threading.Thread):
    """One who listens, and the thread that asks for him."""

    def __init__(
        self, following: UpdateFilter, tell: Callable[[Change], None], lost: Callable[[], None]
    ) -> None:
        super().__init__(name="vsphere-watch", daemon=True)
        self._following, self._tell, self.lost = following, tell, lost
        self._over = threading.Event()

    def run(self) -> None:
        """Asks until it is over, or the connection is."""
        while not self._over.is_set():
            try:
                changes = self._following.wait()
            except DriverError:
                if not self._over.is_set():
                    self._over.set()
                    self.lost()
                return
            for change in changes:
                if not self._over.is_set():
                    self._tell(change)

    def end(self) -> bool:
        """Whether it was still listening."""
        was = not self._over.is_set()
        self._over.set()
        if was:
            threading.Thread(target=self._leave, daemon=True).start()
        return was

    def _leave(self) -> None:
        with suppress(DriverError):
            self._following.end()
