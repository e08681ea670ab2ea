"""Who did what, when, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from state import OpenState, open_state


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenState]:
    store = open_state(str(tmp_path / "state.db"))
    yield store
    store.close()


def test_a_run_from_its_beginning_to_its_end(store: OpenState) -> None:
    number = store.begin_run("apply", "/srv/tree", "abc123")
    (run,) = store.runs()
    assert (run.id, run.command, run.tree, run.commit) == (number, "apply", "/srv/tree", "abc123")
    assert (run.status, run.finished, run.summary) == ("running", None, "")
    store.finish_run(number, "failed", "1 failed")
    (run,) = store.runs()
    assert (run.status, run.summary) == ("failed", "1 failed")
    assert run.finished is not None
    assert run.finished >= run.started


def test_runs_come_newest_first_and_no_more_than_asked_for(store: OpenState) -> None:
    numbers = [store.begin_run("apply", "tree") for _ in range(5)]
    assert [run.id for run in store.runs(limit=3)] == numbers[:1:-1]


def test_the_next_writer_marks_runs_that_never_ended_as_interrupted(store: OpenState) -> None:
    done = store.begin_run("apply", "tree")
    store.finish_run(done, "done", "all well")
    died = store.begin_run("apply", "tree")
    store.begin_action(died, "start Domain/web", "Domain/web", "start")
    assert store.runs()[0].status == "running"
    with store.writer("apply"):
        assert store.runs()[0].status == "interrupted"
        new = store.begin_run("apply", "tree")
    assert [(run.id, run.status) for run in store.runs()] == [
        (new, "running"),
        (died, "interrupted"),
        (done, "done"),
    ]
    interrupted = store.runs()[1]
    assert interrupted.finished is not None
    (entry,) = store.actions(died)
    assert (entry.outcome, entry.finished) == ("", None)


def test_actions_are_listed_in_the_order_in_which_they_began(store: OpenState) -> None:
    run = store.begin_run("apply", "tree")
    for name in ("zeta", "alpha", "mid"):
        store.begin_action(run, f"start Domain/{name}", f"Domain/{name}", "start")
    store.finish_action(run, "start Domain/alpha", "failed", "it will not start")
    entries = store.actions(run)
    assert [entry.address for entry in entries] == ["Domain/zeta", "Domain/alpha", "Domain/mid"]
    assert [(entry.outcome, entry.message) for entry in entries] == [
        ("", ""),
        ("failed", "it will not start"),
        ("", ""),
    ]
    assert entries[1].finished is not None


def test_last_outcomes_are_those_of_the_latest_action_on_each_address(store: OpenState) -> None:
    for outcome in ("failed", "done"):
        run = store.begin_run("apply", "tree")
        store.begin_action(run, "start Domain/web", "Domain/web", "start")
        store.finish_action(run, "start Domain/web", outcome)
    store.begin_action(run, "define Network/lan@hv1", "Network/lan@hv1", "define")
    assert {address: entry.outcome for address, entry in store.last_outcomes().items()} == {
        "Domain/web": "done",
        "Network/lan@hv1": "",
    }
