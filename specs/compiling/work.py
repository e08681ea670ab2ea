"""What passes between the steps of one load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specs.diagnostics import Origin, Problem
from specs.guard.guard import Guard
from specs.guests import HostSelector
from specs.reading.files import TreeFile
from specs.reading.ignoring import IgnoreRules
from specs.reading.walking import TreeWalk

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
    walk: TreeWalk | None = None
    """How the tree was gone over, when it was."""

    inputs: dict[str, str] = field(default_factory=dict)
    """The digests of the other files that were read, by their paths in the tree."""

    chosen: dict[HostSelector, tuple[str, ...]] = field(default_factory=dict)
    """The hosts that selectors have chosen so far."""

    labelled: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """The hosts of every label and value, once somebody asks."""

    foreign: dict[str, str] = field(default_factory=dict)
    """The files that are other tools', in whole or in part, and what they are."""

    vague: set[str] = field(default_factory=set)
    """Those of them that do not say what they are: ours may have become so by a slip."""

    fleets: list[Origin] = field(default_factory=list)
    """Where the Fleets are, those with something wrong among them."""

    homeless: list[Origin] = field(default_factory=list)
    """What has no host, where none is declared at all."""

    broken: set[tuple[str, str]] = field(default_factory=set)
    """Kinds and names of which something is said already, so that nobody is told besides that they lack."""

    def rules(self) -> IgnoreRules:
        """The ignore files of the tree."""
        return self.walk.rules if self.walk else IgnoreRules()

    def has_enough(self) -> bool:
        """Whether so much is wrong that nobody reads on: what costs time is not looked into any more."""
        return len(self.problems) >= ENOUGH
