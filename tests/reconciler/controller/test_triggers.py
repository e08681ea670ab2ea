"""What wakes the controller."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watchdog.events import FileModifiedEvent

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


def test_what_an_ignore_file_leaves_out_does_not(tmp_path: Path) -> None:
    """But a change of such a file does, and counts from then on."""
    wake = threading.Event()
    changes = FileChanges(tmp_path, wake)

    def woken(name: str) -> bool:
        wake.clear()
        changes.on_any_event(FileModifiedEvent(str(tmp_path / name)))
        return wake.is_set()

    assert woken("k8s/a.yaml")
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / ".virt-reconcile-ignore").write_text("*\n")
    assert woken("k8s/.virt-reconcile-ignore")
    assert not woken("k8s/a.yaml")
    assert woken("a.yaml")


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
