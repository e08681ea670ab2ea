"""What people hear of beside a round: commits, once however many controllers see them, and overdue hosts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.controller.news import Overdue, TellingMemory, overdue
from state import OpenState, open_state
from state.commits import CommitNote, CommitStatus
from state.decisions import Verb
from state.standings import HostStanding

NOTE = CommitNote("c0ffee", CommitStatus.REFUSED, 1.0, problems=("web.yaml:3: no",))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[OpenState]:
    state = open_state(f"{tmp_path}/state.db")
    state.receivers(["chat"])
    yield state
    state.close()


def told(state: OpenState) -> list[tuple[str, str]]:
    """What nobody was told of yet."""
    letters = state.letters(time.time() + 1, 1e9, limit=100)
    return [(letter.notice.kind, letter.notice.subject) for letter in letters]


def test_people_hear_of_a_commit_once(state: OpenState) -> None:
    memory = TellingMemory(state)
    memory.note_commit(NOTE)
    memory.note_commit(NOTE)
    assert told(state) == [("commit-refused", "c0ffee")]
    memory.note_commit(CommitNote("c0ffee", CommitStatus.IN_FORCE, 1.0))
    memory.note_commit(CommitNote("bad", CommitStatus.SKIPPED, 1.0))
    assert told(state) == [("commit-in-force", "c0ffee")]
    assert {note.commit for note in memory.commits()} == {"c0ffee", "bad"}
    decision = state.decide(Verb.PIN, "c0ffee", "ann")
    assert list(memory.decisions()) == [decision]


def test_hosts_that_nobody_looked_at() -> None:
    standings = {
        "good": HostStanding("good", "qemu", looked=1000.0),
        "late": HostStanding("late", "qemu", looked=700.0),
        "down": HostStanding("down", "qemu", looked=100.0, problem="refused"),
        "of another tree": HostStanding("of another tree", "qemu", looked=1.0),
    }
    late = overdue(["good", "late", "down", "never"], standings, 300.0, 1001.0)
    assert {host: notice.kind for host, notice in late.items()} == {
        "late": "not-looked-at",
        "never": "not-looked-at",
    }


def test_they_are_told_of_once(state: OpenState, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("reconciler.controller.news.time.monotonic", lambda: clock[0])

    def looked(ago: float) -> None:
        host = HostStanding("hv1", "qemu", looked=time.time() - ago)
        state.note_standings(host, [], {}, None)

    watch = Overdue(state, 300.0)
    looked(400.0)

    def after(seconds: float) -> list[tuple[str, str]]:
        clock[0] += seconds
        watch.tell(["hv1"])
        return told(state)

    assert after(299.0) == []  # whoever begins has all of the time
    assert after(2.0) == [("not-looked-at", "Host/hv1")]
    assert after(6.0) == []
    looked(0.0)
    assert after(6.0) == []
    looked(400.0)
    assert after(1.0) == []  # it is not asked every moment
    assert after(6.0) == [("not-looked-at", "Host/hv1")]
