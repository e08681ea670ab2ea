"""What became of commits: the newest ones, and the one in force."""

from __future__ import annotations

from dataclasses import replace

from state import OpenState, open_state
from state.commits import CommitNote, CommitStatus
from state.outbox import Notice

NOTE = CommitNote(
    "c0ffee",
    CommitStatus.REFUSED,
    100.0,
    "Web gets more memory",
    "Ann <ann@example.org>",
    "https://git.example.org/fleet.git main",
    ("web.yaml:3:5: 'memroy' is unknown", "nothing is applied"),
)


def statuses(state: OpenState) -> list[tuple[str, CommitStatus]]:
    return [(note.commit, note.status) for note in state.commits()]


def test_a_note_comes_back_as_it_was_written(state: OpenState, url: str) -> None:
    state.note_commit(NOTE)
    again = open_state(url, readonly=True)
    assert list(again.commits()) == [NOTE]
    again.close()


def test_a_newer_note_takes_its_place_and_it_was_first_seen_when_it_was(state: OpenState) -> None:
    state.note_commit(NOTE)
    newer = replace(NOTE, status=CommitStatus.WAITING, title="anew", seen=900.0, problems=())
    state.note_commit(newer)
    assert list(state.commits()) == [replace(newer, seen=100.0)]


def test_what_is_known_already_is_not_written(state: OpenState) -> None:
    state.note_commit(NOTE)
    before = state.serial()
    state.note_commit(replace(NOTE, seen=900.0))
    assert state.serial() == before


def test_one_is_in_force(state: OpenState) -> None:
    for number, commit in enumerate("abc"):
        state.note_commit(CommitNote(commit, CommitStatus.IN_FORCE, 100.0 + number))
    state.note_commit(CommitNote("d", CommitStatus.WAITING, 110.0))
    state.note_commit(CommitNote("a", CommitStatus.IN_FORCE, 120.0))
    assert statuses(state) == [
        ("d", CommitStatus.WAITING),
        ("c", CommitStatus.PAST),
        ("b", CommitStatus.PAST),
        ("a", CommitStatus.IN_FORCE),
    ]


def test_the_one_in_force_is_always_told(state: OpenState) -> None:
    state.note_commit(CommitNote("old", CommitStatus.IN_FORCE, 1.0))
    for number in range(5):
        state.note_commit(CommitNote(f"new{number}", CommitStatus.REFUSED, 10.0 + number))
    assert [note.commit for note in state.commits(limit=2)] == ["new4", "new3", "old"]


def test_the_newest_ones_are_kept(state: OpenState) -> None:
    state.note_commit(CommitNote("in force", CommitStatus.IN_FORCE, 1.0))
    for number in range(205):
        state.note_commit(CommitNote(f"c{number}", CommitStatus.SKIPPED, 10.0 + number))
    kept = [note.commit for note in state.commits(limit=1000)]
    assert kept == [*(f"c{number}" for number in reversed(range(5, 205))), "in force"]


def test_of_a_new_status_people_are_told_and_of_nothing_else(state: OpenState, url: str) -> None:
    state.receivers(["chat"])
    other = open_state(url)

    def noted(by: OpenState, note: CommitNote) -> list[str]:
        by.note_commit(note, [Notice("commit", note.commit, note.status, 1.0)])
        return [letter.notice.text for letter in state.letters(10.0, 1000.0)]

    assert noted(state, NOTE) == ["refused"]
    assert noted(other, replace(NOTE, seen=900.0)) == []
    assert noted(other, replace(NOTE, problems=("another",))) == []
    assert noted(other, replace(NOTE, status=CommitStatus.IN_FORCE)) == ["in-force"]
    assert noted(state, replace(NOTE, status=CommitStatus.IN_FORCE)) == []
    other.close()


def test_each_fleet_has_its_own(state: OpenState, url: str) -> None:
    other = open_state(url, fleet="other")
    state.note_commit(CommitNote("a", CommitStatus.IN_FORCE, 1.0))
    other.note_commit(CommitNote("b", CommitStatus.IN_FORCE, 2.0))
    assert statuses(state) == [("a", CommitStatus.IN_FORCE)]
    assert statuses(other) == [("b", CommitStatus.IN_FORCE)]
    other.close()
