"""The loop and what wakes it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.controller.loop import Pace, run_loop
from reconciler.controller.triggers import FileChanges, next_pause, settle


@given(st.floats(0.1, 1e6), st.floats(0, 1))
def test_jitter_stays_in_its_bounds(interval: float, jitter: float) -> None:
    slack = interval * 1e-9
    assert interval * (1 - jitter) - slack <= next_pause(interval, jitter) <= interval * (1 + jitter) + slack


class Watched:
    """A tree under watch."""

    def __init__(self, tree: Path) -> None:
        self.tree, self.wake = tree, threading.Event()
        self.changes = FileChanges(tree, self.wake)
        self.changes.start()

    def woken(self, seconds: float) -> bool:
        found = self.wake.wait(seconds)
        time.sleep(0.2)
        self.wake.clear()
        return found


@pytest.fixture(params=["tree", ".config/tree"])
def watched(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """Also a tree that itself stands in a dot-folder."""
    (tmp_path / request.param / "sub").mkdir(parents=True)
    (tmp_path / request.param / "there.yaml").write_text("a: 1\n")
    watched = Watched(tmp_path / request.param)
    yield watched
    watched.changes.stop()


def test_what_is_part_of_the_tree_wakes(watched: Watched) -> None:
    (watched.tree / "new.yaml").write_text("a: 1\n")
    assert watched.woken(60)
    (watched.tree / "sub" / "new.xml").write_text("<a/>")
    assert watched.woken(60)
    (watched.tree / "there.yaml").rename(watched.tree / "moved.yml")
    assert watched.woken(60)
    (watched.tree / "moved.yml").unlink()
    assert watched.woken(60)
    (watched.tree / "sub").rename(watched.tree.parent / "out")
    assert watched.woken(60)


def test_what_is_not_does_not(watched: Watched) -> None:
    (watched.tree / ".virt-reconcile").mkdir()
    (watched.tree / ".virt-reconcile" / "x.yaml").write_text("a: 1\n")
    (watched.tree / ".notes.txt.swp").write_text("x")
    (watched.tree / ".web.yaml.swp.yaml").write_text("x")
    (watched.tree / "there.yaml").read_text()
    assert not watched.woken(0.5)


def test_many_changes_settle_into_one() -> None:
    wake, stop = threading.Event(), threading.Event()
    changes: list[float] = []
    wake.set()

    def write() -> None:
        for _ in range(6):
            time.sleep(0.05)
            changes.append(time.monotonic())
            wake.set()

    writer = threading.Thread(target=write)
    writer.start()
    settle(wake, stop, 1.5)
    settled = time.monotonic()
    writer.join()
    assert len(changes) == 6
    assert settled - changes[-1] >= 1.45
    assert not wake.is_set()


def test_rounds_are_made_until_it_stops(tmp_path: Path) -> None:
    stop, rounds = threading.Event(), []

    def reconcile() -> None:
        rounds.append(time.monotonic())
        if len(rounds) == 4:
            stop.set()

    run_loop(tmp_path, reconcile, pytest.fail, stop, Pace(0.1, 0.0, quiet=0.05))
    assert len(rounds) == 4
    assert all(later - earlier >= 0.09 for earlier, later in pairwise(rounds))


def test_a_change_makes_a_round_before_its_time(tmp_path: Path) -> None:
    stop, rounds = threading.Event(), []

    def reconcile() -> None:
        rounds.append(time.monotonic())
        if len(rounds) == 2:
            stop.set()
        else:
            threading.Timer(0.2, lambda: (tmp_path / "a.yaml").write_text("a: 1\n")).start()

    run_loop(tmp_path, reconcile, pytest.fail, stop, Pace(3600, quiet=0.1))
    assert rounds[1] - rounds[0] < 60


def test_once_is_once(tmp_path: Path) -> None:
    rounds: list[int] = []
    run_loop(tmp_path, lambda: rounds.append(1), pytest.fail, threading.Event(), Pace(0.01, once=True))
    assert rounds == [1]


def test_a_machine_that_does_not_watch_files_still_makes_rounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: FileChanges) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(FileChanges, "start", refused)
    stop = threading.Event()
    said: list[str] = []
    rounds: list[int] = []

    def reconcile() -> None:
        rounds.append(1)
        if len(rounds) == 2:
            stop.set()

    run_loop(tmp_path, reconcile, said.append, stop, Pace(0.05))
    assert said == ["file changes are not noticed, only --interval counts: inotify watch limit reached"]


def test_what_cannot_be_pulled_is_said_and_the_round_is_made(tmp_path: Path) -> None:
    said: list[str] = []
    rounds: list[int] = []
    run_loop(
        tmp_path, lambda: rounds.append(1), said.append, threading.Event(), Pace(1, once=True), follow=True
    )
    assert rounds == [1]
    assert said[0].startswith("not up to date: git pull: ")
