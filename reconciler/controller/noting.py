"""What became of commits, written to the state when it is something new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from reconciler.controller.choosing import anchor_of
from reconciler.controller.trees import TreeMemory
from state.commits import CommitNote, CommitStatus

MANY = 200
"""As many commits as a state keeps."""


class CommitNotes:
    """The commits of one fleet as the state knows them, and what is to be said of them. `describe` tells a
    commit that is new: title, author, source, and when it was seen."""

    def __init__(self, store: TreeMemory, describe: Callable[[str], CommitNote]) -> None:
        self._store, self._describe = store, describe
        self.known: Sequence[CommitNote] = store.commits(MANY)

    def status(self, commit: str) -> CommitStatus | None:
        """What is known of a commit."""
        return next((note.status for note in self.known if note.commit == commit), None)

    def waits(self, commit: str, why: str, would: tuple[str, ...]) -> None:
        """Notes that a commit waits, why, and what it would do; what others know of that stays until it is
        known here."""
        known = next((note for note in self.known if note.commit == commit), None)
        if not would and known is not None and known.problems[:1] == (why,):
            would = known.problems[1:]
        self.say(commit, CommitStatus.WAITING, why, *would)

    def say(self, commit: str, status: CommitStatus, *problems: str) -> None:
        """CommitNotes what becomes of a commit."""
        known = next((note for note in self.known if note.commit == commit), None)
        if known is None or (known.status, known.problems) != (status, problems):
            note = known or self._describe(commit)
            self._store.note_commit(replace(note, status=status, problems=problems))

    @property
    def anchor(self) -> str:
        """The newest commit that is good by now."""
        return anchor_of(self._store.commits(MANY))

    def close(self, waiting: str) -> None:
        """What waited, and was overtaken, waits no more."""
        for note in self.known:
            if note.status is CommitStatus.WAITING and note.commit != waiting:
                overtaken = ("a newer commit came before it was in force",)
                self._store.note_commit(replace(note, status=CommitStatus.SKIPPED, problems=overtaken))
