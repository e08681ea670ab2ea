"""A folder as the source: its files as they are now, or as they were when they were good."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from reconciler.controller.foldertree import FolderKeeper
from reconciler.controller.trees import Tree, TreeLoading
from reconciler.inputs.sources import SourceError
from reconciler.plan import Options
from specs.compiling.loader import load
from specs.desired import Desired
from specs.guard import Guard
from state import OpenState, open_state
from state.commits import CommitStatus
from state.decisions import Verb
from tests.specs.tree import HOST, document, many


def text(memory: str = "1GiB", fleet: str = "") -> str:
    web = document("Domain", "web", f"{{memory: {memory}}}")
    return many(HOST, document("Fleet", "f", f"{{{fleet}}}"), web)


@dataclass
class Folder:
    """A folder, a state and a keeper."""

    path: Path
    store: OpenState
    guard: Guard = Guard()
    refused: str = ""
    loads: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path.mkdir()
        self.restart()

    def restart(self) -> None:
        loading = TreeLoading(self._load, lambda _: Options(), lambda: self.guard)
        self.keeper = FolderKeeper(self.path, loading, self.update, lambda _: self.refused)

    def update(self) -> None:
        pass

    def _load(self, root: Path) -> Desired:
        self.loads.append(root)
        return load(root, None, self.guard)

    def write(self, content: str, name: str = "a.yaml") -> None:
        (self.path / name).write_text(content)

    def refresh(self) -> Tree | None:
        return self.keeper.refresh(1000.0, self.store)

    def in_force(self) -> Tree:
        found = self.refresh()
        assert found is not None
        return found

    def statuses(self) -> list[CommitStatus]:
        return sorted(note.status for note in self.store.commits())


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that have just been written are taken for old: their times differ by more than a clock's step."""
    monkeypatch.setattr("reconciler.controller.foldertree._GRAIN_NS", -10_000_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with closing(open_state(str(tmp_path / "state.db"), fleet="f")) as store:
        yield Folder(tmp_path / "tree", store)


def test_the_files_are_in_force_and_read_once(folder: Folder) -> None:
    folder.write(text())
    found = folder.in_force()
    assert folder.refresh() is found
    assert found.commit == found.desired.files
    assert len(folder.loads) == 1
    folder.write(text("12GiB"))
    assert folder.in_force() is not found
    assert len(folder.loads) == 2
    assert folder.statuses() == [CommitStatus.IN_FORCE, CommitStatus.PAST]


def test_a_file_that_was_only_touched_changes_nothing(folder: Folder) -> None:
    folder.write(text())
    found = folder.in_force()
    os.utime(folder.path / "a.yaml", (1, 1))
    folder.write("no tree", ".hidden.yaml")
    assert folder.refresh() is found


def test_a_file_that_has_just_changed_is_read_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.controller.foldertree._GRAIN_NS", 3600 * 10**9)
    folder.write(text())
    found = folder.in_force()
    assert folder.refresh() is found
    assert len(folder.loads) == 2


def test_broken_files_leave_what_was_in_force(folder: Folder) -> None:
    folder.write(text())
    found = folder.in_force()
    folder.write(text("much"))
    assert folder.refresh() is found
    assert "a.yaml:" in folder.keeper.problems[0]
    assert folder.statuses() == [CommitStatus.IN_FORCE, CommitStatus.REFUSED]
    assert folder.refresh() is found
    assert len(folder.loads) == 2
    assert folder.keeper.identity(0) is None
    folder.write(text())
    assert folder.in_force().commit == found.commit
    assert not folder.keeper.problems


def test_after_a_restart_broken_files_are_no_tree(folder: Folder) -> None:
    folder.write("broken: [")
    assert folder.keeper.identity(0) is None
    assert folder.refresh() is None


def test_another_policy_reads_the_files_anew(folder: Folder) -> None:
    folder.write(text())
    found = folder.in_force()
    folder.guard = replace(Guard(), source="/policy")
    assert folder.in_force() is not found


def test_a_tree_that_is_refused_is_looked_at_again(folder: Folder) -> None:
    folder.write(text())
    folder.refused = "not signed"
    assert folder.refresh() is None
    assert folder.keeper.problems == ("not signed",)
    assert folder.statuses() == [CommitStatus.REFUSED]
    folder.refused = ""
    assert folder.refresh() is not None


def test_a_folder_that_cannot_be_brought_up_to_date_is_told(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise SourceError("git pull: no")

    folder.write(text())
    monkeypatch.setattr(folder, "update", away)
    folder.restart()
    assert folder.refresh() is not None
    assert folder.keeper.problems == ("not up to date: git pull: no",)


def test_with_approval_the_last_state_stays_until_the_new_one_is_approved(folder: Folder) -> None:
    folder.write(text(fleet="approval: required"))
    assert folder.refresh() is None
    (note,) = folder.store.commits()
    folder.store.decide(Verb.APPROVE, note.commit, "ann")
    first = folder.in_force()
    folder.write(text("2GiB"))
    found = folder.in_force()
    assert found.commit == first.commit
    assert found.waiting is not None
    folder.store.decide(Verb.APPROVE, found.waiting.commit, "ann")
    second = folder.in_force()
    assert (second.commit, second.waiting) == (found.waiting.commit, None)


def test_a_pin_holds_the_state_that_it_was_in(folder: Folder) -> None:
    folder.write(text())
    first = folder.in_force()
    folder.store.decide(Verb.PIN, first.commit, "ann")
    folder.write(text("2GiB"))
    assert folder.in_force().commit == first.commit
    assert "pinned" in folder.keeper.problems[0]
    folder.store.end_decision(Verb.PIN, "", "ann")
    assert folder.in_force().commit != first.commit
