"""Changes of a simulated host as they happen, whichever process made them."""

from __future__ import annotations

from collections.abc import Callable

from drivers.base import Change
from drivers.simulated.following import Follower, follow
from drivers.simulated.gate import Gate


class SimulatedWatcher:
    """drivers.base.Watcher."""

    def __init__(self, gate: Gate) -> None:
        """Behind a gate that may be shared."""
        self._gate = gate
        self._leaving: list[Callable[[], None]] = []

    def events(self, tell: Callable[[Change], None], lost: Callable[[], None]) -> Callable[[], None]:
        """Follows the file, as long as it is the same one."""
        with self._gate.look("watch"):
            pass
        leave = follow(self._gate.store.path, Follower(self._gate.settings.host, tell, lost))
        self._leaving.append(leave)
        return leave

    def close(self) -> None:
        """Ends all that was subscribed to."""
        while self._leaving:
            self._leaving.pop()()
