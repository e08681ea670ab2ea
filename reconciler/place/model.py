"""What placement takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

UNLIMITED = 1 << 60


@dataclass(frozen=True, slots=True)
class HostState:
    """A host, with what it has to give: after overcommit and reservation; all of it, used or not.

    `accepts`: guests may come. `holds`: guests that are there may stay (not so in maintenance).
    """

    name: str
    cpus: float = UNLIMITED
    memory_kib: float = UNLIMITED
    labels: Mapping[str, str] = field(default_factory=dict)
    accepts: bool = True
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Guest:
    """A domain that has to be somewhere.

    `current` is where it is ('' for nowhere yet), `pinned` the host that its file names, `allowed` where
    its placement lets it be. `spread` is the host label over whose values the guests of one `group` are
    spread. `near` and `apart` are names of guests that share, or never share, its host; each names the
    other. One that is not `movable` stays where it is.
    """

    name: str
    cpus: int = 0
    memory_kib: int = 0
    current: str = ""
    pinned: str = ""
    allowed: frozenset[str] = frozenset()
    spread: str = ""
    group: str = ""
    near: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    priority: int = 0
    running: bool = False
    movable: bool = True


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """A guest that changes its host, and why."""

    guest: str
    origin: str
    destination: str
    why: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Every guest's host; those without one, or on one that they should leave and cannot, with the reason."""

    hosts: Mapping[str, str]
    moves: tuple[PlannedMove, ...] = ()
    unplaced: Mapping[str, str] = field(default_factory=dict)
