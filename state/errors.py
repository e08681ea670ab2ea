"""What can be wrong with the state, in words for people."""

from __future__ import annotations

from datetime import UTC, datetime

from state.leases import Holder


class StateError(Exception):
    """The state cannot be used; the message says what to do."""


class NoSuchBackend(StateError):
    """Where the state is was said in a way that leads nowhere: no state can be there."""


class Locked(StateError):
    """Another process writes to this state."""

    def __init__(self, holder: Holder | None) -> None:
        self.holder = holder
        if holder is None:
            super().__init__("another process holds the state's lock; try again when it is done")
            return
        since = datetime.fromtimestamp(holder.since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        super().__init__(
            f"'{holder.command}' holds the state's lock: process {holder.pid} of {holder.user} on"
            f" {holder.machine}, since {since}; wait until it is done, or stop it"
        )


class LeaseLost(StateError):
    """The writer's lease is not ours any more, so that somebody else may write: nothing more is begun."""
