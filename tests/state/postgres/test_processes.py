"""Controllers that are killed and stopped, and a database that is killed under them."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from state import OpenState, StateError, open_state
from state.journal import ActionEntry
from tests.support.postgres import empty_state, session_postgres

HOSTS = [f"hv{number}" for number in range(1, 7)]
TTL = 1.5
LONG = 90.0


@contextmanager
def controllers(url: str, folder: Path, number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many processes, each with a file in which stands what it says."""
    command = [sys.executable, "-m", "tests.state.postgres.controller", url, str(TTL), *HOSTS]
    started = []
    try:
        for index in range(number):
            with (folder / str(index)).open("wb") as file:
                started.append(subprocess.Popen(command, stdout=file))
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def until(true: Callable[[], bool]) -> None:
    """The database may be away meanwhile."""
    end = time.monotonic() + LONG
    while True:
        try:
            if true():
                return
        except StateError:
            pass
        assert time.monotonic() < end
        time.sleep(0.05)


def shares(state: OpenState) -> dict[int, int]:
    """How many hosts each process has."""
    return {one.pid: len(one.hosts) for one in state.controllers() if one.hosts}


def said(folder: Path, number: int) -> list[list[str]]:
    """What a controller said, in words; the last line may have been cut off."""
    lines = (folder / str(number)).read_text().splitlines(keepends=True)
    return [line.rstrip("\n").split(maxsplit=2) for line in lines if line.endswith("\n")]


def test_no_host_is_left_and_none_is_worked_by_two(tmp_path: Path) -> None:
    server, url = session_postgres(), empty_state()
    state = open_state(url)
    with controllers(url, tmp_path, 3) as (killed, stopped, stays):
        until(lambda: Counter(shares(state).values()) == {2: 3})
        killed.kill()
        stopped.send_signal(signal.SIGSTOP)
        until(lambda: shares(state) == {stays.pid: 6})
        stopped.send_signal(signal.SIGCONT)
        until(lambda: shares(state) == {stopped.pid: 3, stays.pid: 3})
        server.kill()
        before = [len(said(tmp_path, number)) for number in (1, 2)]
        server.start()
        until(lambda: all(len(said(tmp_path, n)) > b + 20 for n, b in zip((1, 2), before, strict=True)))
        until(lambda: shares(state) == {stopped.pid: 3, stays.pid: 3})
    entries = [entry for run in state.runs(1000) for entry in state.actions(run.id)]
    assert_one_at_a_time(entries)
    assert_nothing_is_lost(entries, [line for number in range(3) for line in said(tmp_path, number)])
    first = next(int(line[2]) for line in said(tmp_path, 0) if line[0] == "joined")
    assert {run.status for run in state.runs(1000) if run.id == first} == {"interrupted"}
    state.close()


def assert_one_at_a_time(entries: list[ActionEntry]) -> None:
    """Nothing was begun on a host under an older claim once there was a newer one."""
    begun: defaultdict[str, dict[int, list[float]]] = defaultdict(dict)
    for entry in entries:
        assert entry.token > 0
        begun[entry.host].setdefault(entry.token, []).append(entry.started)
    assert set(begun) == set(HOSTS)
    for times in begun.values():
        spans = [(min(times[token]), max(times[token])) for token in sorted(times)]
        assert all(one[1] < next_one[0] for one, next_one in itertools.pairwise(spans))


def assert_nothing_is_lost(entries: list[ActionEntry], lines: list[list[str]]) -> None:
    """What the state once took is there, whatever became of its database."""
    outcomes = {(str(entry.run), entry.action): entry.outcome for entry in entries}
    assert len(outcomes) == len(entries)
    for word, run, action in lines:
        if word == "begun":
            assert (run, action) in outcomes
        elif word == "ended":
            assert outcomes[run, action] == "done"
