"""What passes between the steps of one load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specs.diagnostics import Problem
from specs.guard.guard import Guard
from specs.guests import HostSelector
from specs.reading.files import TreeFile

ENOUGH = 1000
"""How many problems are said of what costs time to find out."""


@dataclass(slots=True)
class Load:
    """One load under way."""

    root: Path
    hosts: Mapping[str, str]
    guard: Guard = Guard()
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    files: dict[str, TreeFile] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    """The digests of the other files that were read, by their paths in the tree."""

    chosen: dict[HostSelector, tuple[str, ...]] = field(default_factory=dict)
    """The hosts that selectors have chosen so far."""

    labelled: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """The hosts of every label and value, once somebody asks."""

    broken: set[tuple[str, str]] = field(default_factory=set)
    """Kinds and names of which something is said already, so that nobody is told besides that they lack."""

    def has_enough(self) -> bool:
        """Whether so much is wrong that nobody reads on: what costs time is not looked into any more."""
        return len(self.problems) >= ENOUGH
