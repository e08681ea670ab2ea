"""Runs and their actions, what became of them, and what was never seen to end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from specs.identity import Address, Kind
from state import OpenState, open_state
from tests.state.samples import DOCUMENTS, WEB, record

DB = Address(Kind.DOMAIN, "db")


def act(state: OpenState, run: int, verb: str, address: Address = WEB, outcome: str = "done") -> None:
    """An action from its beginning to its end; without an outcome it never ends."""
    state.begin_action(run, f"{verb} {address}", str(address), verb)
    if outcome:
        state.finish_action(run, f"{verb} {address}", outcome, f"{verb}: {outcome}")


def a_run(state: OpenState, verb: str, address: Address = WEB, outcome: str = "done") -> int:
    """A run of one action."""
    run = state.begin_run("apply", "tree")
    act(state, run, verb, address, outcome)
    if outcome:
        state.finish_run(run, outcome, "")
    return run


def outcomes(state: OpenState, *verbs: str) -> dict[str, tuple[str, str]]:
    return {a: (entry.verb, entry.outcome) for a, entry in state.last_outcomes(verbs).items()}


def test_a_run_from_its_beginning_to_its_end(state: OpenState) -> None:
    number = state.begin_run("apply", "/srv/tree", "abc123")
    (run,) = state.runs()
    assert (run.id, run.command, run.tree, run.commit) == (number, "apply", "/srv/tree", "abc123")
    assert (run.status, run.finished, run.summary) == ("running", None, "")
    state.finish_run(number, "failed", "1 failed")
    (run,) = state.runs()
    assert (run.status, run.summary) == ("failed", "1 failed")
    assert run.finished is not None
    assert run.finished >= run.started


def test_runs_come_newest_first_and_no_more_than_asked_for(state: OpenState) -> None:
    numbers = [state.begin_run("apply", "tree") for _ in range(5)]
    assert len(set(numbers)) == 5
    assert [run.id for run in state.runs(limit=3)] == numbers[:1:-1]


def test_actions_come_in_the_order_in_which_they_began(state: OpenState) -> None:
    run, names = state.begin_run("apply", "tree"), ("zeta", "alpha", "mid")
    for name in names:
        act(state, run, "start", Address(Kind.DOMAIN, name), "failed" if name == "alpha" else "")
    entries = state.actions(run)
    assert [entry.address for entry in entries] == [f"Domain/{name}" for name in names]
    assert [(entry.outcome, entry.message) for entry in entries] == [
        ("", ""),
        ("failed", "start: failed"),
        ("", ""),
    ]
    assert [entry.finished is None for entry in entries] == [True, False, True]


def test_a_saved_plan_is_known_to_be_executed(state: OpenState, url: str) -> None:
    assert state.run_of("one plan") is None
    run = state.begin_run("apply", "tree", "", "one plan")
    again = open_state(url, readonly=True)
    assert again.run_of("one plan") == run  # as soon as it begins
    assert again.run_of("another plan") is None
    assert again.run_of("") is None
    again.close()


def test_the_last_outcome_is_that_of_the_newest_action(state: OpenState) -> None:
    a_run(state, "define", WEB, "failed")
    a_run(state, "define", WEB, "done")
    a_run(state, "define", DB, "unchanged")
    run = state.begin_run("apply", "tree")
    act(state, run, "start", WEB, "failed")
    assert outcomes(state) == {"Domain/web": ("start", "failed"), "Domain/db": ("define", "unchanged")}
    assert state.last_outcomes()["Domain/web"] == state.actions(run)[0]
    act(state, run, "stop", WEB, "")
    assert outcomes(state)["Domain/web"] == ("stop", "")
    for verb in ("suspend", "set-text", "define"):
        act(state, run, verb)
        assert outcomes(state)["Domain/web"] == (verb, "done")
    a_run(state, "adopt")
    assert outcomes(state)["Domain/web"] == ("adopt", "done")


def test_the_last_outcome_of_some_verbs(state: OpenState) -> None:
    for verb in ("start", "stop", "set-text"):
        a_run(state, verb)
    a_run(state, "define", DB)
    assert outcomes(state, "start", "stop") == {"Domain/web": ("stop", "done")}
    assert outcomes(state, "start") == {"Domain/web": ("start", "done")}
    assert outcomes(state, "define") == {"Domain/db": ("define", "done")}


# what never ended


def test_what_was_begun_and_not_seen_to_end_is_interrupted(state: OpenState, url: str) -> None:
    a_run(state, "define", DB)
    a_run(state, "define", WEB, "")
    assert state.interrupted() == {WEB}
    again = open_state(url)
    with again.writer("apply"):
        assert again.interrupted() == {WEB}
    again.close()


def recorded_and_removed(state: OpenState) -> None:
    state.put(record(), DOCUMENTS)
    state.forget(WEB)


ENDS: dict[str, Callable[[OpenState], object]] = {
    "the same action was done": lambda state: a_run(state, "define"),
    "another action was done": lambda state: a_run(state, "start"),
    "nothing had to be done": lambda state: a_run(state, "define", WEB, "unchanged"),
    "it failed, and somebody saw it": lambda state: a_run(state, "define", WEB, "failed"),
    "it was recorded": lambda state: state.put(record(), DOCUMENTS),
    "it was recorded and removed": recorded_and_removed,
    "it was removed": lambda state: state.forget(WEB),
}


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_with_what_comes_later(state: OpenState, end: str) -> None:
    a_run(state, "define", WEB, "")
    a_run(state, "define", WEB, "")
    a_run(state, "define", DB, "")
    ENDS[end](state)
    assert state.interrupted() == {DB}
    a_run(state, "stop", WEB, "")
    assert state.interrupted() == {WEB, DB}


def test_it_does_not_end_with_what_came_earlier_or_was_beside_it(state: OpenState) -> None:
    early = state.begin_run("apply", "tree")
    state.begin_action(early, "attach 1", str(WEB), "attach")
    run = state.begin_run("apply", "tree")
    state.begin_action(run, "attach 2", str(WEB), "attach")
    state.finish_action(early, "attach 1", "done")
    assert state.interrupted() == {WEB}
    state.begin_action(run, "attach 3", str(WEB), "attach")
    state.finish_action(run, "attach 3", "done")
    assert state.interrupted() == {WEB}
    state.finish_action(run, "attach 2", "done")
    assert state.interrupted() == frozenset()


def test_the_history_still_says_that_it_never_ended(state: OpenState) -> None:
    run = a_run(state, "define", WEB, "")
    a_run(state, "define")
    assert [(entry.outcome, entry.finished) for entry in state.actions(run)] == [("", None)]


# why, where, and what came since


def test_a_run_says_why_it_was_made(state: OpenState) -> None:
    state.begin_run("run", "tree", "c0ffee", cause="timer")
    state.begin_run("apply", "tree")
    assert [run.cause for run in state.runs()] == ["", "timer"]


def test_an_action_says_where_it_acts(state: OpenState) -> None:
    run = state.begin_run("apply", "tree")
    state.begin_action(run, "start web", str(WEB), "start", "hv1")
    (entry,) = state.actions(run)
    assert (entry.run, entry.host, entry.token) == (run, "hv1", 0)
    assert state.last_outcomes()[str(WEB)] == entry


def test_the_latest_actions_on_one_address(state: OpenState, url: str) -> None:
    runs = [a_run(state, verb) for verb in ("define", "start", "stop")]
    a_run(state, "start", DB)
    other = open_state(url, fleet="other")
    a_run(other, "start")
    other.close()
    assert [(entry.run, entry.verb) for entry in state.actions_on(str(WEB))] == [
        (runs[2], "stop"),
        (runs[1], "start"),
        (runs[0], "define"),
    ]
    assert [entry.verb for entry in state.actions_on(str(WEB), limit=1)] == ["stop"]
    assert state.actions_on("Domain/nobody") == []


def test_a_reader_goes_on_where_it_was(state: OpenState, url: str) -> None:
    assert state.last_number() == 0
    run = state.begin_run("apply", "tree")
    state.begin_action(run, "start web", str(WEB), "start")
    state.begin_action(run, "start db", str(DB), "start")
    begun = state.changes_after(0)
    assert [(entry.address, entry.outcome) for entry in begun] == [(str(WEB), ""), (str(DB), "")]
    assert 0 < begun[0].number < begun[1].number == state.last_number()
    assert state.changes_after(begun[1].number) == []
    state.finish_action(run, "start web", "done")
    (ended,) = state.changes_after(begun[1].number)
    assert (ended.address, ended.outcome) == (str(WEB), "done")
    assert [entry.address for entry in state.changes_after(0)] == [str(DB), str(WEB)]
    assert [entry.address for entry in state.changes_after(0, limit=1)] == [str(DB)]
    other = open_state(url, fleet="other")
    a_run(other, "start")
    assert state.changes_after(ended.number) == []
    other.close()


def test_of_some_addresses_alone(state: OpenState) -> None:
    a_run(state, "define", WEB, "")
    a_run(state, "define", DB)
    assert list(state.last_outcomes(addresses=[DB])) == [str(DB)]
    assert list(state.last_outcomes(["start"], [DB])) == []
    assert state.interrupted([DB]) == frozenset()
    assert state.interrupted([WEB, DB]) == {WEB}
    assert state.interrupted([]) == frozenset()
    assert state.last_outcomes(addresses=[]) == {}
