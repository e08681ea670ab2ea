"""A folder as the source: the state of its files is the commit."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.controller.choosing import choose
from reconciler.controller.noting import CommitNotes
from reconciler.controller.trees import Foreseeing, Giving, Tree, TreeLoading, TreeMemory, words_of
from reconciler.inputs.sources import SourceError
from specs.desired import Desired
from specs.diagnostics import InvalidTree
from specs.reading.files import digest_of, read_tree
from specs.reading.git import top_of
from specs.reading.walking import TreeWalk
from state.commits import CommitNote, CommitStatus

_GRAIN_NS = 100_000_000
"""A file that changed so shortly ago may change again without that its times tell: the clock of a file
system goes in steps of some milliseconds."""


_Seen = tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class _Read:
    """What became of reading the files: a tree, or what is wrong; `stamp` says of which files, '' when they
    were changed while they were read."""

    stamp: object
    commit: str
    tree: Tree | None
    problems: tuple[str, ...] = ()


class FolderKeeper:
    """Keeps the tree of a folder in force. `update` brings the folder up to date before it is read (raises
    SourceError), `refuse` says why a tree is not taken, and `foresee` what one that waits would do."""

    def __init__(
        self,
        folder: Path,
        loading: TreeLoading,
        update: Callable[[], object] = lambda: None,
        refuse: Callable[[Desired], str] = lambda _: "",
        foresee: Foreseeing = lambda *_: (),
    ) -> None:
        self.problems: tuple[str, ...] = ()
        self._folder, self._loading, self._update, self._refuse = folder, loading, update, refuse
        self._foresee = foresee
        self._last: _Read | None = None
        self._giving = Giving()

    def identity(self, now: float) -> Desired | None:
        """The tree of the files as they are now."""
        read = self._read()
        self.problems = read.problems
        return read.tree.desired if read.tree else None

    def refresh(self, now: float, store: TreeMemory) -> Tree | None:
        """The tree in force. A folder has no other state than the one that it is in: what was in force before
        stays so as long as this process lives."""
        notes = CommitNotes(store, lambda commit: self._described(commit, now))
        away = self._updated()
        read = self._read()
        self.problems = (*away, *read.problems)
        if read.tree is None:
            notes.say(read.commit, CommitStatus.REFUSED, *read.problems)
            return self._giving.given
        newest, in_force = read.tree, self._giving.in_force
        had = {tree.commit: tree for tree in (in_force, newest) if tree is not None}
        decisions = [decision for decision in store.decisions() if decision.holds(now)]
        approval = (in_force or newest).desired.fleet.approval
        choice = choose(newest.commit, notes.known, decisions, approval=approval)
        chosen = next((had[commit] for commit in choice.wanted if commit in had), None)
        waiting = None
        if choice.status is not None and chosen is not newest:
            if choice.status is CommitStatus.WAITING:
                waiting = newest
                notes.waits(newest.commit, choice.why, self._foresee(newest, chosen))
            else:
                notes.say(newest.commit, choice.status, choice.why)
            self.problems += (f"{self._folder}: the files are not in force: {choice.why}",)
        notes.close(waiting.commit if waiting else "")
        if chosen is None:
            return self._giving.given
        notes.say(chosen.commit, CommitStatus.IN_FORCE)
        return self._giving.give(chosen, waiting)

    def _updated(self) -> tuple[str, ...]:
        try:
            self._update()
        except SourceError as error:
            return (f"not up to date: {error}",)
        return ()

    def _read(self) -> _Read:
        """The files, read anew when one of them, or the policy, changed."""
        stamp = self._stamp()
        if self._last is None or self._last.stamp is None or self._last.stamp != stamp:
            self._last = self._read_anew(stamp)
        return self._last

    def _read_anew(self, stamp: object) -> _Read:
        last = self._last.tree if self._last else None
        try:
            desired = self._loading.load(self._folder)
        except InvalidTree as error:
            return _Read(stamp, _digest(self._folder), None, words_of(error))
        refused = self._refuse(desired)
        if refused:
            return _Read(None, desired.files, None, (refused,))
        tree = Tree(desired.files, desired, self._loading.options(self._folder))
        same = last is not None and last.desired == desired and last.options == tree.options
        return _Read(stamp, tree.commit, last if same else tree)

    def _stamp(self) -> object:
        """What changes whenever a file does; None when it may not, for one has just changed."""
        before = time.time_ns() - _GRAIN_NS
        tree = self._last.tree if self._last else None
        named = (f"{self._folder}/{path}" for path, _ in tree.desired.inputs) if tree else ()
        seen = [*_files(self._folder), *(one for path in named for one in _stat(path))]
        newest = max((one[3] for one in seen), default=0)
        return (seen, self._loading.guard()) if newest < before else None

    def _described(self, commit: str, now: float) -> CommitNote:
        return CommitNote(commit, CommitStatus.PAST, now, source=str(self._folder))


def _files(folder: Path) -> Iterator[_Seen]:
    """Path, inode, size and time of change (which nobody sets back) of every file that counts, and of what
    tells the commit of a working copy."""
    top = top_of(folder)
    for name in ("HEAD", "logs/HEAD") if top else ():
        yield from _stat(f"{top}/.git/{name}")
    walk = TreeWalk(folder)
    for entry, _ in walk.entries():
        if not entry.is_dir(follow_symlinks=False):
            yield from _stat(entry.path)
    for path, _ in walk.sources:
        yield from _stat(f"{walk.top}/{path}")


def _stat(path: str) -> Iterator[_Seen]:
    try:
        found = os.stat(path)  # noqa: PTH116 - of very many files, at each look
    except OSError:
        return
    yield path, found.st_ino, found.st_size, found.st_ctime_ns


def _digest(folder: Path) -> str:
    """Of files that are no tree."""
    read = read_tree(folder)
    total = digest_of(read.files)
    total.update(hashlib.sha256(repr(sorted(read.problems)).encode()).digest())
    return total.hexdigest()
