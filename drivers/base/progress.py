"""How far something is: what a driver waits for, and how many bytes are through; data, for whoever shows it.

What is waited for within a call (a guest that has to shut down, or to let go of a disk) is told from where it
is waited, to whoever listens in the same thread; no facet's method has a parameter for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wait:
    """What is waited for ('the guest to let go of vdb'), since when by the monotonic clock, and how many
    seconds at most; None for as long as it takes."""

    what: str
    limit: float | None = None
    since: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Bytes on their way: what is done with them ('uploading'), how many are through and how many there are
    (0 while nobody knows), and how many a second, where the hypervisor tells it. With `parts`, nobody knows
    bytes: these are parts of the whole."""

    what: str
    done: int
    total: int = 0
    rate: int = 0
    parts: bool = False


Detail = Wait | Transfer
"""What of a step is worth knowing while it lasts."""

_LISTENER: ContextVar[Callable[[Detail | None], None] | None] = ContextVar("listener", default=None)


@contextmanager
def listening(tell: Callable[[Detail | None], None]) -> Iterator[None]:
    """While the block runs, what is waited for in this thread is told; None when that is over."""
    token = _LISTENER.set(tell)
    try:
        yield
    finally:
        _LISTENER.reset(token)


@contextmanager
def waiting(what: str, limit: float | None = None) -> Iterator[None]:
    """Tells whoever listens that the block waits for something."""
    tell = _LISTENER.get()
    if tell is None:
        yield
        return
    tell(Wait(what, limit))
    try:
        yield
    finally:
        tell(None)
