"""The tree in force: what a keeper of a folder, or of a git repository, gives to the controller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from reconciler.plan import Options
from specs.desired import Desired
from specs.diagnostics import InvalidTree
from specs.guard import Guard
from state.commits import CommitNote
from state.decisions import Decision


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree at one commit (of a folder, the digest of its files), and what is asked for there. `waiting` is
    the newer one that waits for somebody's approval."""

    commit: str
    desired: Desired
    options: Options
    waiting: Tree | None = None

    @property
    def root(self) -> Path:
        """The folder that its files are in."""
        return Path(self.desired.root)

    def under(self, commit: str) -> Tree:
        """The same tree as if it were another commit's: marks, which name it, do not differ by that."""
        return replace(self, options=replace(self.options, commit=commit))


@dataclass(frozen=True, slots=True)
class TreeLoading:
    """How a tree is read from its folder (InvalidTree where it is broken), what is then asked for, and the
    controller's policy now, under which a tree may be good that was not before."""

    load: Callable[[Path], Desired]
    options: Callable[[Path], Options]
    guard: Callable[[], Guard]


class Giving:
    """What a keeper gives: the very same tree as before, as long as the one in force and the one that waits
    are the same."""

    def __init__(self) -> None:
        self.in_force: Tree | None = None
        self.given: Tree | None = None

    def give(self, chosen: Tree, waiting: Tree | None) -> Tree:
        """The chosen one is in force from now on."""
        if self.given is None or chosen is not self.in_force or waiting is not self.given.waiting:
            self.in_force, self.given = chosen, replace(chosen, waiting=waiting)
        return self.given


Foreseeing = Callable[[Tree, Tree | None], tuple[str, ...]]
"""What a tree that waits would do beside the one in force, as far as that is known by now."""


class TreeMemory(Protocol):
    """What a keeper asks of the state, and tells it."""

    def commits(self, limit: int = 50) -> Sequence[CommitNote]:
        """As `state.commits.Commits`."""

    def note_commit(self, note: CommitNote) -> None:
        """As `state.commits.Commits`."""

    def decisions(self, *, past: bool = False) -> Sequence[Decision]:
        """As `state.decisions.Decisions`."""


class TreeKeeper(Protocol):
    """Keeps the tree of one source in force. One thread calls it."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What was wrong the last time, in lines for people."""

    def identity(self, now: float) -> Desired | None:
        """The tree that says whose state is to be opened: the last good one, else the newest that can be
        read."""

    def refresh(self, now: float, store: TreeMemory) -> Tree | None:
        """The tree in force, the very same one as before where nothing has changed; None while there is
        none. What is wrong with newer ones is noted in the state, and said by `problems`."""


def words_of(error: InvalidTree) -> tuple[str, ...]:
    """File, line and message of what is wrong; of very much, what comes first."""
    lines = tuple(map(str, error.problems))
    more = len(lines) - _ENOUGH
    return (*lines[:_ENOUGH], f"and {more} more") if more > 0 else lines


_ENOUGH = 50
