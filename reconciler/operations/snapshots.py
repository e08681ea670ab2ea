"""Snapshots of a guest: taken, gone back to, dropped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from reconciler.operations.base import Evidence, OnRetry, Operation
from specs.effect import Effect


@dataclass(frozen=True, slots=True)
class TakeSnapshot(Operation):
    """Keeps a guest's disks, and its memory while it runs; it waits for a moment meanwhile. Undone by
    dropping it. A second try finds what the first one took."""

    verb: Literal["snapshot"] = field(default="snapshot", kw_only=True)
    shows: ClassVar[Evidence] = Evidence.ITSELF
    again: ClassVar[OnRetry] = OnRetry.CONTINUES
    only_if_set: ClassVar[frozenset[str]] = frozenset({"description"})

    name: str
    description: str = ""
    cost: Effect = Effect.NONE

    @property
    def effect(self) -> Effect:
        """What runs is paused for as long as its memory is written."""
        return self.cost


@dataclass(frozen=True, slots=True)
class Revert(Operation):
    """Brings back what a guest was: disks, definition, power. What was written since is lost. Undone by going
    to a snapshot that was taken right before. A second try does the same again."""

    verb: Literal["revert"] = field(default="revert", kw_only=True)
    shows: ClassVar[Evidence] = Evidence.ITSELF
    costs: ClassVar[Effect] = Effect.DESTROYS_DATA
    harms: ClassVar[bool] = True

    to: str

    def detail(self) -> str:
        """To which one."""
        return f"to {self.to}"


@dataclass(frozen=True, slots=True)
class DropSnapshot(Operation):
    """Removes a snapshot, and nothing of the guest. Never undone."""

    verb: Literal["drop-snapshot"] = field(default="drop-snapshot", kw_only=True)
    shows: ClassVar[Evidence] = Evidence.ITSELF

    name: str
