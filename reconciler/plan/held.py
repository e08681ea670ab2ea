"""The snapshots that a domain has, as the planner is told of them."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.base import Snapshot


@dataclass(frozen=True, slots=True)
class SnapshotsHeld:
    """The snapshots of a domain, and why no other can be taken ('' when one can)."""

    all: tuple[Snapshot, ...] = ()
    obstacle: str = ""

    def named(self, name: str) -> Snapshot | None:
        """The one of that name."""
        return next((each for each in self.all if each.name == name), None)


UNKNOWN = SnapshotsHeld(obstacle="nobody could be asked")
