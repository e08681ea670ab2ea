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
        self._followers: dict[Follower, Callable[[], bool]] = {}

    def events(self, tell: Callable[[Change], None], lost: Callable[[], None]) -> Callable[[], None]:
        """Follows the file, as long as it is the same one."""
        with self._gate.look("watch"):
            pass
        follower = Follower(self._gate.settings.host, tell, lost)
        self._followers[follower] = follow(self._gate.store.path, follower)

        def end() -> None:
            self._leave(follower)

        return end

    def close(self) -> None:
        """Nobody who subscribed hears more."""
        for follower in list(self._followers):
            if self._leave(follower):
                follower.lost()

    def _leave(self, follower: Follower) -> bool:
        leave = self._followers.pop(follower, None)
        return leave is not None and leave()
