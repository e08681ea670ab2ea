"""The facet that tells of changes as they happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from specs.identity import Kind


class Happening(StrEnum):
    """What happened to an object, in words that all drivers share."""

    DEFINED = "defined"
    REMOVED = "removed"
    STARTED = "started"
    STOPPED = "stopped"
    PAUSED = "paused"
    RESUMED = "resumed"
    REBOOTED = "rebooted"
    DEVICES = "devices"
    """One was added or removed, or another medium is in it."""
    SETTINGS = "settings"
    """Memory, shares, limits, and the like, of one that runs."""
    METADATA = "metadata"
    CONTENT = "content"
    """A pool was looked through again; a secret has another value."""
    JOB = "job"
    """What was done with a disk has come to its end."""
    CHANGED = "changed"
    """Nothing is known but that it is another one now."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened to one object; what it is now, only looking tells. '' for the name of one of that
    kind that is not known.

    `detail` is what the hypervisor calls it. `settle` is for how many seconds it may be on the way to
    something else, as a guest that reboots is: whoever looks before may take it for what it will not be.
    """

    kind: Kind
    name: str = ""
    what: Happening = Happening.CHANGED
    detail: str = ""
    settle: float = 0.0


class Watcher(Protocol):
    """Changes as they happen; what is missed is found by the next look at everything.

    No hypervisor tells of everything: libvirt says nothing of a persistent configuration's devices, of
    volumes, or of autostart.
    """

    def events(self, tell: Callable[[Change], None], lost: Callable[[], None]) -> Callable[[], None]:
        """Has `tell` called for every change from now on, until the function that it gives is called. `lost`
        is called once, and only where no more will come though that was not called; it is, too, when the host
        is closed. Then subscribe anew, and look at everything.

        Both are called from threads of the driver's own, which serve other hosts, too: they return at once,
        and raise nothing. Raises Unreachable, and Unsupported where the hypervisor tells of nothing.
        """
