"""Letting go of handles that may hang: by a few threads of their own, for whom nobody waits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

_AT_ONCE = 8
"""Threads at most, while there is something to let go of; a host that hangs holds one up until its keepalive
gives it up."""

_mutex = threading.Lock()
_waiting: deque[Callable[[], None]] = deque()
_running: set[threading.Thread] = set()


def release(let_go: Callable[[], None]) -> None:
    """Has it called, soon; it raises nothing."""
    with _mutex:
        _waiting.append(let_go)
        if len(_running) < _AT_ONCE:
            thread = threading.Thread(target=_work, name="libvirt-release", daemon=True)
            _running.add(thread)
            thread.start()


def _work() -> None:
    while True:
        with _mutex:
            if not _waiting:
                _running.discard(threading.current_thread())
                return
            let_go = _waiting.popleft()
        let_go()
