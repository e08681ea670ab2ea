"""Killed at any moment while guests change places, each runs exactly once, and the next apply goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from drivers.simulated.gate import Gate
from drivers.simulated.rows import HostRows
from drivers.simulated.store import Store
from specs.identity import Kind
from tests.reconciler.execute.fleet import ARGUMENTS, MOVED, RUNNING, Fleet, written
from tests.reconciler.execute.lab import KILLED

TOGETHER = (
    ("two", "define", "images/ledger.img"),
    ("one", "define", "images/mail.img"),
    ("two", "define", "images/archive.img.*.filling"),
    ("two", "define", "images/archive.img"),
    ("two", "upload_volume", "images/archive.img"),
    ("two", "undefine", "images/archive.img.*.filling"),
    *(("two" if MOVED[name] == "one" else "one", "move_domain", name) for name in MOVED),
    *(("two" if MOVED[name] == "one" else "one", "arrive_domain", name) for name in MOVED),
)
"""Every call by which the moves change the hosts; 'arrive_domain' is the middle of a move."""
APART = tuple(call for call in TOGETHER if call[2] not in ("shop", "spare"))
"""The same where each host has a file of its own, and nothing is shared."""
CALLS = {"together": TOGETHER, "apart": APART}
CASES = [
    (where, call, moment)
    for where, calls in CALLS.items()
    for call in calls
    for moment in ("crash-before", "crash-after")
    if (call[1], moment) != ("arrive_domain", "crash-after")  # that is the move's own
]


@pytest.fixture(scope="module", params=["together", "apart"])
def where(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def starting_points(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fleet]:
    """All guests are where they were; the files have them elsewhere."""
    found = {}
    for name in CALLS:
        fleet = found[name] = Fleet(tmp_path_factory.mktemp(name), apart=name == "apart")
        fleet.place(moved=False)
        fleet.settle()
        fleet.guests_write()
        fleet.place(moved=True)
        assert fleet.plan() == 2, fleet.log
    return found


@pytest.fixture(scope="module")
def goals(
    starting_points: dict[str, Fleet], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[tuple[str, ...], object]]:
    """What an apply without any trouble leads to."""
    found = {}
    for name, start in starting_points.items():
        fleet = start.again(tmp_path_factory.mktemp("goal") / name)
        fleet.settle()
        assert_unharmed(fleet, start)
        assert {guest: fleet.copies(guest) for guest in fleet.guests} == {
            guest: {MOVED[guest]: "running" if guest in RUNNING else "stopped"} for guest in fleet.guests
        }
        found[name] = fleet.everything()
    return found


def assert_unharmed(fleet: Fleet, start: Fleet) -> None:
    """Each guest that ran runs exactly once, without a restart and with its data; no other one runs, and
    its data are still where they were."""
    for name in fleet.guests:
        copies = fleet.copies(name)
        running = [host for host, power in copies.items() if power == "running"]
        if name in RUNNING:
            assert len(running) == 1, copies
            assert fleet.start_of(name) == start.start_of(name)
            assert fleet.disk(name, running[0]) == written(name)
        else:
            assert copies
            assert set(copies.values()) == {"stopped"}
            assert any(fleet.disk(name, host) == written(name) for host in copies)


def assert_arrived(fleet: Fleet, start: Fleet, goal: dict[tuple[str, ...], object]) -> None:
    """It is as after an apply without any trouble."""
    assert_unharmed(fleet, start)
    assert fleet.everything() == goal
    for name in fleet.guests:
        assert fleet.disk(name, MOVED[name]) == written(name)


def finish_with_a_person(fleet: Fleet) -> None:
    """Applies until it is done. Without a state there are things that only a person can decide; they are
    said, and the person takes away what a move has left at its destination."""
    for _ in fleet.guests:
        if fleet.apply() == 0:
            break
        strangers = re.findall(r"a volume (\S+) is on (\S+) already and is not ours", fleet.log)
        doubles = re.findall(r"! Domain/(\w+) .*\n.*nothing remembers where it ran last", fleet.log)
        assert strangers or doubles, fleet.log
        for name, host in strangers:
            fleet.remove(host, Kind.VOLUME, name)
        for name in doubles:
            fleet.remove(MOVED[name], Kind.DOMAIN, name)
    assert fleet.plan() == 0, fleet.log


def test_the_calls_are_all_there_are(starting_points: dict[str, Fleet], tmp_path: Path, where: str) -> None:
    fleet = starting_points[where].again(tmp_path / "fleet")
    notes = tmp_path / "calls"
    enter = Gate.enter

    def noting(gate: Gate, verb: str, name: str) -> str:
        with notes.open("a") as file:
            file.write(f"{gate.settings.host} {verb} {name}\n")
        return enter(gate, verb, name)

    def patch() -> None:
        mock.patch.object(Gate, "enter", noting).start()

    assert fleet.apply(before=patch) == 0, fleet.log
    assert sorted(
        re.sub(r"\.[0-9a-f]{16}\.", ".*.", line) for line in notes.read_text().splitlines()
    ) == sorted(map(" ".join, CALLS[where]))


@pytest.mark.parametrize(("where", "call", "moment"), CASES)
def test_killed_at_a_call(
    starting_points: dict[str, Fleet],
    goals: dict[str, dict[tuple[str, ...], object]],
    tmp_path: Path,
    where: str,
    call: tuple[str, str, str],
    moment: str,
) -> None:
    start = starting_points[where]
    fleet = start.again(tmp_path / "fleet")
    fleet.harm(*call, moment)
    assert fleet.apply() == KILLED, fleet.log
    assert not fleet.pending()
    assert_unharmed(fleet, start)
    fleet.settle()
    assert_arrived(fleet, start, goals[where])


def die_at_commit(number: int) -> Callable[[], None]:
    """The process kills itself right after it has written to a host's file for the so-many-th time."""
    write, left = Store.write, [number]

    @contextmanager
    def deadly(store: Store) -> Iterator[HostRows]:
        with write(store) as host:
            yield host
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def patch() -> None:
        mock.patch.object(Store, "write", deadly).start()

    return patch


@pytest.mark.parametrize("number", range(1, 20))
@pytest.mark.parametrize("where", ["together"])  # two files cannot be written to as one
def test_killed_after_a_write(
    starting_points: dict[str, Fleet],
    goals: dict[str, dict[tuple[str, ...], object]],
    tmp_path: Path,
    where: str,
    number: int,
) -> None:
    start = starting_points[where]
    fleet = start.again(tmp_path / "fleet")
    code = fleet.apply(before=die_at_commit(number))
    assert_unharmed(fleet, start)
    fleet.settle()
    assert_arrived(fleet, start, goals[where])
    assert code == KILLED, code


@pytest.mark.parametrize(
    ("call", "moment"),
    [
        (("two", "define", "images/ledger.img"), "crash-after"),
        (("two", "upload_volume", "images/archive.img"), "crash-before"),
        (("two", "undefine", "images/archive.img.*.filling"), "crash-before"),
        (("one", "move_domain", "shop"), "crash-after"),
        (("one", "arrive_domain", "ledger"), "crash-before"),
        (("one", "arrive_domain", "archive"), "crash-before"),
        (("two", "move_domain", "mail"), "crash-after"),
    ],
)
def test_killed_and_the_state_lost_with_it(
    starting_points: dict[str, Fleet],
    goals: dict[str, dict[tuple[str, ...], object]],
    tmp_path: Path,
    call: tuple[str, str, str],
    moment: str,
) -> None:
    start = starting_points["together"]
    fleet = start.again(tmp_path / "fleet")
    fleet.harm(*call, moment)
    assert fleet.apply() == KILLED, fleet.log
    fleet.lose_state()
    finish_with_a_person(fleet)
    assert_arrived(fleet, start, goals["together"])


@pytest.mark.parametrize("error", ["transient", "unreachable", "refused", "lost-reply"])
@pytest.mark.parametrize("name", ["shop", "archive", "mail"])
def test_a_move_that_fails(
    starting_points: dict[str, Fleet],
    goals: dict[str, dict[tuple[str, ...], object]],
    tmp_path: Path,
    name: str,
    error: str,
) -> None:
    start = starting_points["together"]
    fleet = start.again(tmp_path / "fleet")
    fleet.harm("two" if MOVED[name] == "one" else "one", "*_domain", name, error)
    fleet.apply()
    assert_unharmed(fleet, start)
    fleet.settle()
    assert_arrived(fleet, start, goals["together"])


def test_killed_again_and_again(
    starting_points: dict[str, Fleet], goals: dict[str, dict[tuple[str, ...], object]], tmp_path: Path
) -> None:
    """Every apply dies right after its first effect that no apply before it has had."""
    start = starting_points["together"]
    fleet = start.again(tmp_path / "fleet")
    for host, verb, name in TOGETHER:
        if verb != "arrive_domain":
            fleet.harm(host, verb, name, "crash-after")
    deaths = 0
    while fleet.apply() == KILLED:
        deaths += 1
        assert_unharmed(fleet, start)
        assert deaths <= len(TOGETHER)
    assert deaths > 3
    fleet.settle()
    assert_arrived(fleet, start, goals["together"])


def test_a_program_of_its_own_killed(
    starting_points: dict[str, Fleet], goals: dict[str, dict[tuple[str, ...], object]], tmp_path: Path
) -> None:
    """As above, from the command line."""
    start = starting_points["together"]
    fleet = start.again(tmp_path / "fleet")
    fleet.harm("one", "arrive_domain", "ledger", "crash-before")

    def program(command: str, *options: str) -> int:
        arguments = [sys.executable, "-m", "reconciler.cli.main", command, *ARGUMENTS, *options]
        return subprocess.run(arguments, cwd=fleet.folder, capture_output=True, timeout=60).returncode

    assert program("apply", "--yes") == KILLED
    assert_unharmed(fleet, start)
    assert program("apply", "--yes") == 0
    assert program("plan", "--detailed-exitcode") == 0
    assert_arrived(fleet, start, goals["together"])
