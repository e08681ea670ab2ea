"""Tasks: what a vCenter does while we wait, with its progress, and how it is called off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from drivers.base.errors import DriverError, Refused, Transient
from drivers.vsphere import query
from drivers.vsphere.faults import of_task
from drivers.vsphere.session import Ref, VsphereSession
from drivers.vsphere.soap import Element

PATIENCE = 600.0
"""Seconds that a task may take which moves no data."""

_INFO = ("info.state", "info.progress", "info.error", "info.result")
_FIRST, _LONGEST = 0.01, 0.5


def finish(
    session: VsphereSession,
    task: Ref,
    doing: str,
    *,
    patience: float = PATIENCE,
    progress: Callable[[int], None] | None = None,
    cancel: threading.Event | None = None,
    limit: float = 0.0,
) -> Element | None:
    """Waits for the end of a task, and gives its result; after `limit` seconds (0: never) it is called off.
    Raises the error of one that failed; Refused for one that was called off, Transient for one that takes too
    long, which goes on."""
    begun, pause, called_off = time.monotonic(), _FIRST, False
    waits = cancel or threading.Event()
    while True:
        seen = query.one(session, task, *_INFO)
        state = seen.text("info.state")
        if state == "success":
            return seen.values.get("info.result")
        if state == "error":
            raise _failed(seen.values.get("info.error"), doing, called_off)
        if progress is not None and (percent := seen.text("info.progress")).isdigit():
            progress(int(percent))
        lasted = time.monotonic() - begun
        if not called_off and ((cancel is not None and cancel.is_set()) or 0 < limit < lasted):
            called_off = True
            with suppress(DriverError):  # one that cannot be called off ends by itself
                session.do("CancelTask", task)
        if lasted > patience:
            raise Transient(f"{doing}: it is not done after {patience:g} s", "it goes on; plan again later")
        time.sleep(pause) if called_off else waits.wait(pause)
        pause = min(_LONGEST, pause * 1.5)


def _failed(error: Element | None, doing: str, called_off: bool) -> DriverError:
    if called_off:
        return Refused(f"{doing}: called off")
    return (
        Refused(f"{doing}: it failed, and the server does not say why")
        if error is None
        else of_task(error, doing)
    )
