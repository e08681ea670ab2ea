"""What became of the commits (or states of a folder) that controllers saw."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from state.outbox import Notice


class CommitStatus(StrEnum):
    """REFUSED: broken, unsigned or not to be trusted; WAITING: for somebody's approval; SKIPPED by decision;
    IN_FORCE: what is being enforced; PAST: was in force before."""

    REFUSED = "refused"
    WAITING = "waiting"
    SKIPPED = "skipped"
    IN_FORCE = "in-force"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class CommitNote:
    """One commit: its full hash (of a folder: the digest of its files), what it says of itself, when it was
    first seen (seconds since the epoch), and what is wrong with it, in lines for people."""

    commit: str
    status: CommitStatus
    seen: float
    title: str = ""
    author: str = ""
    source: str = ""
    """The git URL and ref, or the folder; without credentials."""
    problems: tuple[str, ...] = ()


class Commits(Protocol):
    """The commits of one fleet. Every method raises StateError when the state cannot be used."""

    def note_commit(self, note: CommitNote, notices: Collection[Notice] = ()) -> None:
        """Writes what is known of a commit, in place of what was; `seen` stays that of the first time. One
        that comes in force makes PAST what was it before. The newest 200 are kept. Where its status is new,
        `notices` are put into the outbox, in the same transaction: of several controllers that see it at
        once, one tells of it."""

    def commits(self, limit: int = 50) -> Sequence[CommitNote]:
        """The commits that were seen last, newest first; the one in force is always among them."""
