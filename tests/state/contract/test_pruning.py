"""The journal is bounded, and what is still asked of it stays."""

from __future__ import annotations

from state import OpenState, open_state
from state.journal import Keep
from tests.state.contract.test_journal import DB, a_run, outcomes
from tests.state.samples import DOCUMENTS, WEB, record

ALL = Keep(runs=0, days=0, least=0)


def numbers(state: OpenState) -> list[int]:
    return [run.id for run in reversed(state.runs(100_000))]


def test_the_newest_runs_stay_with_their_actions(state: OpenState) -> None:
    runs = [a_run(state, "start") for _ in range(7)]
    assert state.prune(Keep(runs=3, least=1)) == 4
    assert numbers(state) == runs[4:]
    assert [len(state.actions(run)) for run in runs] == [0, 0, 0, 0, 1, 1, 1]
    assert state.prune(Keep(runs=3, least=1)) == 0


def test_old_runs_go_but_the_newest_ones(state: OpenState) -> None:
    runs = [a_run(state, "start") for _ in range(5)]
    assert state.prune(Keep(days=1, least=0)) == 0
    assert state.prune(Keep(days=0, least=2)) == 3
    assert numbers(state) == runs[3:]
    assert state.prune(ALL) == 2


def test_numbers_are_not_given_twice(state: OpenState) -> None:
    last = [a_run(state, "start") for _ in range(3)][-1]
    state.prune(ALL)
    assert a_run(state, "start") > last


def test_a_run_that_is_open_stays(state: OpenState) -> None:
    run = state.begin_run("apply", "tree")
    a_run(state, "start")
    state.prune(ALL)
    assert numbers(state) == [run]


def test_what_was_interrupted_stays_until_it_has_ended(state: OpenState) -> None:
    run = a_run(state, "define", DB, "")
    state.finish_run(run, "interrupted", "")
    a_run(state, "start")
    state.prune(ALL)
    assert numbers(state) == [run]
    assert state.interrupted() == {DB}
    assert [entry.address for entry in state.actions(run)] == [str(DB)]
    a_run(state, "define", DB)
    state.prune(ALL)
    assert numbers(state) == []
    assert state.interrupted() == frozenset()


def test_last_outcomes_stay_as_long_as_anything_is_known_of_it(state: OpenState) -> None:
    a_run(state, "define")
    a_run(state, "start", WEB, "failed")
    a_run(state, "define", DB)
    state.put(record(), DOCUMENTS)
    state.note_origins({DB: "db.yaml"})
    known = state.last_outcomes()
    state.prune(ALL)
    assert state.last_outcomes() == known
    assert outcomes(state, "define") == {"Domain/web": ("define", "done"), "Domain/db": ("define", "done")}


def test_of_what_is_gone_they_go_with_its_last_run(state: OpenState, url: str) -> None:
    other = open_state(url, fleet="other")
    other.put(record(), DOCUMENTS)
    other.note_origins({WEB: "web.yaml"})
    other.close()
    a_run(state, "define")
    state.put(record(), DOCUMENTS)
    state.prune(ALL)
    a_run(state, "undefine")
    state.forget(WEB)
    assert outcomes(state) == {"Domain/web": ("undefine", "done")}
    state.prune(ALL)
    assert outcomes(state) == {}


def test_that_a_plan_was_executed_is_never_forgotten(state: OpenState) -> None:
    run = state.begin_run("apply", "tree", plan="a plan")
    state.finish_run(run, "done", "")
    state.prune(ALL)
    assert numbers(state) == []
    assert state.run_of("a plan") == run


def test_another_fleets_journal_is_left_alone(state: OpenState, url: str) -> None:
    other = open_state(url, fleet="other")
    theirs = a_run(other, "start")
    a_run(state, "start")
    state.prune(ALL)
    assert numbers(other) == [theirs]
    assert len(other.actions(theirs)) == 1
    assert outcomes(other) == {"Domain/web": ("start", "done")}
    for _ in range(3):
        a_run(state, "start")
    assert other.prune(Keep(runs=1, days=0, least=1)) == 0  # of its own runs, that is the newest one
    assert state.prune(Keep(runs=3, days=1, least=3)) == 0
    a_run(other, "start")
    assert state.prune(Keep(runs=3, days=1, least=3)) == 0
    other.close()


def test_the_end_of_a_run_keeps_it_bounded(state: OpenState) -> None:
    for _ in range(9):
        state.finish_run(state.begin_run("apply", "tree"), "done", "", Keep(5, 90, 2))
    assert len(numbers(state)) == 5


def test_by_age_alone_however_many_there_are(state: OpenState) -> None:
    by_age = Keep(runs=None, days=1, least=1)
    for _ in range(4):
        run = state.begin_run("run", "tree")
        state.finish_run(run, "done", "", Keep(runs=None))
    assert state.prune(by_age) == 0
    assert len(numbers(state)) == 4
    state.finish_run(state.begin_run("run", "tree"), "done", "", Keep(runs=None, days=0, least=2))
    assert len(numbers(state)) == 2


def test_more_than_one_part_at_once(state: OpenState) -> None:
    for _ in range(230):
        state.finish_run(state.begin_run("run", "tree"), "done", "")
    assert state.prune(Keep(runs=5, least=1)) == 225
    assert len(numbers(state)) == 5
