"""A git repository as the source: its newest good commit is in force, unless people decided otherwise."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.controller.choosing import ACCEPTED, CommitChoice, anchor_of, choose
from reconciler.controller.noting import CommitNotes
from reconciler.controller.trees import Foreseeing, Giving, Tree, TreeLoading, TreeMemory, words_of
from reconciler.controller.vouching import Vouching, lost, vouching_by
from reconciler.faults import Fault
from reconciler.inputs.git.keep import Good, RepositoryKeep
from reconciler.inputs.sources import SourceError
from specs.desired import Desired
from specs.diagnostics import InvalidTree
from state.commits import CommitNote, CommitStatus

_FOLDERS = 3
"""Commits in force whose folders are kept: rounds under the last one may be under way still."""

_LOOKED_BACK = 10
"""Commits that are tried, from the newest on, to learn whose fleet this is."""


@dataclass(frozen=True, slots=True)
class _Examined:
    """What came of looking at a commit under certain rules; None where it is to be looked at again."""

    under: object
    tree: Tree | None
    problems: tuple[str, ...] = ()


class GitKeeper:
    """Keeps the tree of a git repository in force. `trusted` is the full hash of a commit that is taken
    whoever signed it; `foresee` says what one that waits would do."""

    def __init__(
        self,
        keep: RepositoryKeep,
        loading: TreeLoading,
        trusted: str = "",
        foresee: Foreseeing = lambda *_: (),
    ) -> None:
        self.problems: tuple[str, ...] = ()
        self._keep, self._loading, self._trusted = keep, loading, trusted
        self._foresee = foresee
        self._examined: dict[str, _Examined] = {}
        self._giving = Giving()
        self._touched: set[str] = set()
        self._lately: deque[str] = deque(maxlen=_FOLDERS)

    def identity(self, now: float) -> Desired | None:
        """The last good tree; where none is known here, the newest that can be read. Who it is of is
        believed, what it says is not: that is `refresh`'s to say."""
        good = self._keep.good
        if good is not None and (known := self._known(good)) is not None:
            return known  # whose tree it is need not wait for a repository that may be away, or hang
        tip, away = self._fetched()
        problems = list(away)
        for commit in self._candidates(good.commit if good else "", tip):
            try:
                desired = self._load(commit)
            except (InvalidTree, SourceError) as error:
                problems += _of(commit, _words(error))
                continue
            if good is None or (good.fleet, good.uuid) == (desired.fleet.name, desired.fleet.uuid):
                self.problems = away
                return desired
        self.problems = tuple(problems)
        return None

    def refresh(self, now: float, store: TreeMemory) -> Tree | None:
        """The tree in force."""
        # Before the fetch: what another controller put in force until now, this fetch will know.
        notes = CommitNotes(store, lambda commit: self._described(commit, now))
        tip, away = self._fetched()
        decisions = [decision for decision in store.decisions() if decision.holds(now)]
        self.problems, self._touched = away, set()
        vouching = self._vouching(notes)
        choice = choose(tip, notes.known, decisions, approval=self._approval(tip, vouching, notes))
        chosen = self._first_good(choice, vouching, notes)
        waiting = self._waiting(tip, choice, vouching, notes, chosen)
        if tip and (tip not in self._examined or self._examined[tip].tree is not None):
            notes.close(tip if choice.status is CommitStatus.WAITING else "")
        self._examined = {commit: self._examined[commit] for commit in self._touched}
        if chosen is None:
            return self._giving.given
        self._enforce(chosen, notes)
        self._examined[chosen.commit] = _Examined((vouching.guard, ()), chosen)
        given = self._giving.give(chosen, waiting)
        self._keep.keep_only({*self._lately, *self._touched})
        return given

    def _vouching(self, notes: CommitNotes) -> Vouching:
        """What the newest good commit asks of the next one. Where the state knows none, the one that was
        noted on this machine counts: another state is no way round it."""
        good, guard = self._keep.good, self._loading.guard()
        anchor = anchor_of(notes.known) or (good.commit if good else "")
        if anchor and (good is None or good.commit != anchor):
            try:
                if not self._keep.mirror.recover(anchor):
                    raise SourceError("it is nowhere to be found")
                good = _good(anchor, self._load(anchor))
            except (SourceError, InvalidTree) as error:
                why = f"the last good commit {anchor[:12]} cannot be read: {error}"
                return lost(self._keep, guard, self._trusted, why)
        return vouching_by(self._keep, guard, good, self._trusted)

    def _approval(self, tip: str, vouching: Vouching, notes: CommitNotes) -> bool:
        """Whether a new commit waits: the last good one says so, and the first one of itself."""
        if vouching.good is not None:
            return vouching.good.approval
        tree = self._examine(tip, vouching, notes).tree if tip else None
        return tree is not None and tree.desired.fleet.approval

    def _first_good(self, choice: CommitChoice, vouching: Vouching, notes: CommitNotes) -> Tree | None:
        """The first wanted commit that is good; why those before it are not is noted."""
        for commit in choice.wanted:
            examined = self._examine(commit, vouching, notes)
            if examined.tree is not None:
                return examined.tree
            self.problems += _of(commit, examined.problems)
            if notes.status(commit) not in ACCEPTED:
                notes.say(commit, CommitStatus.REFUSED, *examined.problems)
        return None

    def _waiting(
        self, tip: str, choice: CommitChoice, vouching: Vouching, notes: CommitNotes, chosen: Tree | None
    ) -> Tree | None:
        """What becomes of the newest commit where it is not in force; the tree of one that waits."""
        if choice.status is None or (chosen is not None and chosen.commit == tip):
            return None
        if choice.status is CommitStatus.WAITING and notes.status(tip) not in ACCEPTED:
            examined = self._examine(tip, vouching, notes)
            if examined.tree is None:
                notes.say(tip, CommitStatus.REFUSED, *examined.problems)
                self.problems += _of(tip, examined.problems)
                return None
            notes.waits(tip, choice.why, self._foresee(examined.tree, chosen))
            return examined.tree
        if notes.status(tip) not in ACCEPTED:
            notes.say(tip, choice.status, choice.why)
        return None

    def _examine(self, commit: str, vouching: Vouching, notes: CommitNotes) -> _Examined:
        """A commit's tree, or what is wrong with it: read once, as long as the same is asked of it."""
        self._touched.add(commit)
        accepted = notes.status(commit) in ACCEPTED
        under = (vouching.guard, () if accepted else vouching.rules)
        known = self._examined.get(commit)
        if known is None or known.under != under:
            known = self._looked_at(commit, vouching, under, accepted=accepted)
            self._examined[commit] = known
        return known

    def _looked_at(self, commit: str, vouching: Vouching, under: object, *, accepted: bool) -> _Examined:
        """What cannot be had now is looked at again."""
        try:
            if not (self._keep.mirror.recover(commit) if accepted else self._keep.mirror.find(commit)):
                told = self._keep.remote.told()
                return _Examined(None, None, (f"it is not to be had, or not of the history of {told}",))
            refused = "" if accepted else vouching.refusal(commit)
            if refused:
                return _Examined(under, None, (refused,))
            desired = self._load(commit)
            refused = "" if accepted else vouching.refusal_of(commit, desired.fleet)
            if refused:
                return _Examined(under, None, (refused,))
            options = replace(self._loading.options(Path(desired.root)), commit=commit)
            return _Examined(under, Tree(commit, desired, options))
        except InvalidTree as error:
            return _Examined(under, None, words_of(error))
        except SourceError as error:
            return _Examined(None, None, tuple(str(error).splitlines()))

    def _load(self, commit: str) -> Desired:
        """Raises InvalidTree or SourceError."""
        in_force = self._giving.in_force
        return self._loading.load(self._keep.folder_of(commit, in_force.commit if in_force else ""))

    def _enforce(self, tree: Tree, notes: CommitNotes) -> None:
        """CommitNotes that a commit is in force, and makes sure that it stays here."""
        notes.say(tree.commit, CommitStatus.IN_FORCE)
        if tree.commit not in self._lately:
            self._keep.mirror.keep(tree.commit)
            self._lately.append(tree.commit)
        good = _good(tree.commit, tree.desired)
        if self._keep.good != good and notes.anchor == tree.commit:
            self._keep.note(good)

    def _fetched(self) -> tuple[str, tuple[str, ...]]:
        """The newest commit; '' when nobody knows, and why."""
        try:
            return self._keep.mirror.fetch(), ()
        except (SourceError, Fault) as error:
            stopped = self._keep.mirror.cancel is not None and self._keep.mirror.cancel.is_set()
            return "", () if stopped else tuple(str(error).splitlines())

    def _known(self, good: Good) -> Desired | None:
        """The tree of the last good commit, where it is still here and of that fleet."""
        try:
            self._keep.mirror.recover(good.commit)
            desired = self._load(good.commit)
        except (InvalidTree, SourceError):
            return None
        return desired if (good.fleet, good.uuid) == (desired.fleet.name, desired.fleet.uuid) else None

    def _candidates(self, good: str, tip: str) -> tuple[str, ...]:
        mirror = self._keep.mirror
        tip = tip or mirror.tip
        if good:
            mirror.recover(good)
            return tuple(dict.fromkeys(commit for commit in (good, tip) if commit))
        return mirror.history(tip, _LOOKED_BACK) if tip else ()

    def _described(self, commit: str, now: float) -> CommitNote:
        """A new one is seen now. One that somebody asks for by its hash was there before: seen as long ago as
        it was made, it is no newer than what was good since."""
        source = self._keep.remote.told()
        try:
            facts = self._keep.mirror.facts(commit)
        except SourceError:
            return CommitNote(commit, CommitStatus.REFUSED, 0.0, source=source)
        newest = commit == self._keep.mirror.tip
        seen = now if newest else min(now, facts.made)
        return CommitNote(commit, CommitStatus.PAST, seen, facts.title, facts.author, source)


def _good(commit: str, desired: Desired) -> Good:
    fleet = desired.fleet
    return Good(commit, fleet.name, fleet.uuid, fleet.signatures, fleet.approval)


def _words(error: InvalidTree | SourceError) -> tuple[str, ...]:
    return words_of(error) if isinstance(error, InvalidTree) else tuple(str(error).splitlines())


def _of(commit: str, problems: tuple[str, ...]) -> tuple[str, ...]:
    called = f"commit {commit[:12]}"
    return tuple(each if each.startswith(called) else f"{called}: {each}" for each in problems)
