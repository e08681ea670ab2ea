"""One writer at a time, whatever happens to the one before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from state import LeaseLost, Locked, OpenState, open_state
from tests.state.contract.backends import Backend
from tests.state.samples import WEB

HOLDER = """
import sys, time
from state import open_state
state = open_state(sys.argv[1])
with state.writer("apply shop"):
    run = state.begin_run("apply", "tree")
    state.begin_action(run, "define Domain/web", "Domain/web", "define")
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_process(url: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lease, amid a run."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        yield holder
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


def test_the_second_is_told_who_the_first_is(state: OpenState, url: str) -> None:
    with another_process(url) as first:
        with (
            pytest.raises(Locked, match="'apply shop' holds the state's lock") as caught,
            state.writer("run"),
        ):
            pytest.fail("two writers at once")
        assert caught.value.holder is not None
        assert (caught.value.holder.pid, caught.value.holder.command) == (first.pid, "apply shop")
        assert [run.status for run in state.runs()] == ["running"]  # readers need no lease


def test_a_dead_holders_lease_is_free_and_its_run_interrupted(state: OpenState, url: str) -> None:
    with another_process(url) as first:
        first.send_signal(signal.SIGKILL)
        first.wait()
        with state.writer("run"):
            (run,) = state.runs()
            assert run.status == "interrupted"
            assert run.finished is not None
            assert state.interrupted() == {WEB}
            new = state.begin_run("run", "tree")
        assert [(one.id, one.status) for one in state.runs()] == [(new, "running"), (run.id, "interrupted")]


def test_it_says_who_holds_it(state: OpenState) -> None:
    with state.writer("apply shop") as lease:
        assert (lease.holder.pid, lease.holder.command) == (os.getpid(), "apply shop")
        lease.renew()


def test_it_is_free_again_when_the_block_ends(state: OpenState) -> None:
    for _ in range(2):
        with state.writer("apply"):
            pass
    with pytest.raises(ZeroDivisionError), state.writer("apply"):
        raise ZeroDivisionError
    with state.writer("apply"):
        pass


def test_one_process_does_not_hold_it_twice(state: OpenState, url: str) -> None:
    second = open_state(url)
    with state.writer("run"), pytest.raises(Locked, match="'run' holds"), second.writer("apply"):
        pytest.fail("two writers at once")
    second.close()


def test_whoever_has_lost_it_begins_nothing_more(state: OpenState, url: str, backend: Backend) -> None:
    second = open_state(url)
    with state.writer("run") as lease:
        run = state.begin_run("run", "tree")
        state.begin_action(run, "start web", str(WEB), "start")
        backend.lose_lease(url)
        with second.writer("apply") as theirs:
            theirs.renew()
            with pytest.raises(LeaseLost, match="nothing more is begun"):
                lease.renew()
            with pytest.raises(LeaseLost, match="run the command again"):
                state.begin_action(run, "start db", "Domain/db", "start")
            state.finish_action(run, "start web", "done")  # what was done is still written down
    assert [(entry.action, entry.outcome) for entry in state.actions(run)] == [("start web", "done")]
    state.begin_action(run, "start db", "Domain/db", "start")  # who holds none has none to lose
    second.close()
