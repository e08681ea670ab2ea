"""Killed at any moment, the next apply converges: nothing is lost, and no guest restarts."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from drivers.simulated import faults
from drivers.simulated.gate import Gate
from state.sqlite.database import Database
from tests.reconciler.execute.lab import (
    ARGUMENTS,
    EDIT_BOUNDARIES,
    FIRST_BOUNDARIES,
    KILLED,
    Lab,
)
from tests.reconciler.execute.points import assert_arrived, assert_unharmed

MOMENTS = ("crash-before", "crash-after")


CASES = [("first", *boundary) for boundary in FIRST_BOUNDARIES] + [
    ("edit", *boundary) for boundary in EDIT_BOUNDARIES
]


@pytest.mark.parametrize(("phase", "boundaries"), [("first", FIRST_BOUNDARIES), ("edit", EDIT_BOUNDARIES)])
def test_the_boundaries_are_all_there_are(
    starting_points: dict[str, Lab], tmp_path: Path, phase: str, boundaries: tuple[tuple[str, str], ...]
) -> None:
    lab = starting_points[phase].copy(tmp_path / "lab")
    calls = tmp_path / "calls"
    enter = Gate.enter

    def noting(gate: Gate, verb: str, name: str) -> str:
        with calls.open("a") as file:
            file.write(f"{verb} {name}\n")
        return enter(gate, verb, name)

    def patch() -> None:
        mock.patch.object(Gate, "enter", noting).start()

    assert lab.apply(before=patch) == 0, lab.log
    assert sorted(calls.read_text().splitlines()) == sorted(map(" ".join, boundaries))


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("phase", "verb", "name"), CASES)
def test_killed_at_an_action(
    starting_points: dict[str, Lab],
    goals: dict[str, Lab],
    tmp_path: Path,
    phase: str,
    verb: str,
    name: str,
    moment: str,
) -> None:
    start = starting_points[phase]
    lab = start.copy(tmp_path / "lab")
    lab.inject(verb, name, moment)
    assert lab.apply() == KILLED, lab.log
    assert faults.pending(lab.db) == ()
    assert_unharmed(lab, start)
    running = lab.starts()
    lab.settle()
    assert_arrived(lab, start, goals[phase])
    assert {n: number for n, number in running.items() if n != "db"}.items() <= lab.starts().items()
    assert "interrupted" in lab.endings()
    assert "running" not in lab.endings()


def die_at_write(number: int, *, after: bool) -> None:
    """The process kills itself before or after the state is written for the so-many-th time."""
    transaction, left = Database.transaction, [number]

    @contextmanager
    def deadly(database: Database) -> Iterator[sqlite3.Connection]:
        left[0] -= 1
        now = left[0] == 0
        if now and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        with transaction(database) as connection:
            yield connection
        if now:
            os.kill(os.getpid(), signal.SIGKILL)

    mock.patch.object(Database, "transaction", deadly).start()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 3, 9, 26])
@pytest.mark.parametrize("phase", ["first", "edit"])
def test_killed_at_a_write_of_the_state(
    starting_points: dict[str, Lab],
    goals: dict[str, Lab],
    tmp_path: Path,
    phase: str,
    number: int,
    after: bool,
) -> None:
    start = starting_points[phase]
    lab = start.copy(tmp_path / "lab")
    assert lab.apply(before=lambda: die_at_write(number, after=after)) == KILLED, lab.log
    lab.settle()
    assert_arrived(lab, start, goals[phase])


def test_killed_again_and_again(
    starting_points: dict[str, Lab], goals: dict[str, Lab], tmp_path: Path
) -> None:
    """Every apply dies right after its first effect that no apply before it has had."""
    start = starting_points["edit"]
    lab = start.copy(tmp_path / "lab")
    for verb, name in EDIT_BOUNDARIES:
        lab.inject(verb, name, "crash-after")
    deaths = 0
    while lab.apply() == KILLED:
        deaths += 1
        assert_unharmed(lab, start)
        assert deaths <= len(EDIT_BOUNDARIES)
    assert deaths > 3
    assert faults.pending(lab.db) == ()
    lab.settle()
    assert_arrived(lab, start, goals["edit"])


@pytest.mark.parametrize(("phase", "verb", "name"), [CASES[15], ("edit", "set_memory", "web")])
def test_a_program_of_its_own_killed(
    starting_points: dict[str, Lab],
    goals: dict[str, Lab],
    tmp_path: Path,
    phase: str,
    verb: str,
    name: str,
) -> None:
    """As above, from the command line."""
    start = starting_points[phase]
    lab = start.copy(tmp_path / "lab")
    lab.inject(verb, name, "crash-after")

    def program(command: str, *options: str) -> int:
        arguments = [sys.executable, "-m", "reconciler.cli.main", command, *ARGUMENTS, *options]
        return subprocess.run(arguments, cwd=lab.folder, capture_output=True, timeout=60).returncode

    assert program("apply", "--yes", "--allow-data-loss") == KILLED
    assert program("apply", "--yes", "--allow-data-loss") == 0
    assert program("plan", "--detailed-exitcode") == 0
    assert_arrived(lab, start, goals[phase])


def test_killed_and_the_state_lost_with_it(
    starting_points: dict[str, Lab], goals: dict[str, Lab], tmp_path: Path
) -> None:
    """Nothing is pruned that only the state knew to be ours; all that is declared converges."""
    start = starting_points["edit"]
    lab = start.copy(tmp_path / "lab")
    lab.inject("define", "web", "crash-after")
    assert lab.apply() == KILLED
    for file in lab.folder.glob("state.db*"):
        file.unlink()
    lab.settle()
    assert_unharmed(lab, start)
    left = {name for name, _ in lab.objects().items() ^ goals["edit"].objects().items()}
    assert left <= {"NetworkFilter/quiet", "/srv/images/scratch.img"}
