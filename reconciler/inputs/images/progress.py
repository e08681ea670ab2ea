"""How long work is told of: a stage, bytes done, bytes in all (0 while they are not known)."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]


def silent(_stage: str, _done: int, _total: int) -> None:
    """Tells nobody."""
