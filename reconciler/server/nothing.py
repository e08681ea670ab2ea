"""The state of a controller that has none yet: whatever is asked of it, it says why."""

from __future__ import annotations

from typing import cast

from state import OpenState, StateError


class _NoState:
    def __init__(self, why: str) -> None:
        self._why = why

    def __getattr__(self, name: str) -> object:
        raise StateError(self._why)


def no_state(why: str = "none is open: no tree was read yet, or the state cannot be reached") -> OpenState:
    """A state that cannot be used, for that reason."""
    return cast(OpenState, _NoState(why))
