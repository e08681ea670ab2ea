"""The command that puts faults into the code: its rooms, and its list of survivors."""

from __future__ import annotations

import pytest

from tests.mutants.rooms import ROOMS, Room
from tests.mutants.survivors import Survivor, survivors


def test_a_survivor_has_a_reason_and_its_line_still_stands() -> None:
    assert [entry for entry in survivors() if entry.is_stale()] == []


def test_no_survivor_stands_twice() -> None:
    keys = [entry.key for entry in survivors()]
    assert len(keys) == len(set(keys))


def test_a_survivor_without_its_line_or_a_reason_is_stale() -> None:
    line = "ROOMS = ("
    assert not Survivor("tests/mutants/rooms.py", "", line, "", "why").is_stale()
    assert Survivor("tests/mutants/rooms.py", "", line, "", " ").is_stale()
    assert Survivor("tests/mutants/rooms.py", "", "no such line", "", "why").is_stale()
    assert Survivor("tests/mutants/gone.py", "", line, "", "why").is_stale()


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_each_room_has_files_and_tests(room: Room) -> None:
    assert room.source_files()
    assert room.test_files()
