"""The facet that tells of changes as they happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from specs.identity import Kind


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened to one object; what it is now, only looking tells. '' for the name of one of that
    kind that is not known."""

    kind: Kind
    name: str = ""


class Watcher(Protocol):
    """Changes as they happen; what is missed is found by the next look at everything."""

    def events(self, tell: Callable[[Change], None], lost: Callable[[], None]) -> Callable[[], None]:
        """Has `tell` called, from a thread of the driver's own, for every change until the function that it
        gives is called. `lost` is called once when no more will come."""
