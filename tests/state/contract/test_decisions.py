"""What people decided: in force until it ends, and never lost."""

from __future__ import annotations

import time

from state import OpenState, open_state
from state.decisions import Decision, Verb


def in_force(state: OpenState) -> list[tuple[Verb, str]]:
    return [(decision.verb, decision.subject) for decision in state.decisions()]


def test_a_decision_is_in_force_at_once_and_for_all(state: OpenState, url: str) -> None:
    before = time.time()
    made = state.decide(Verb.SUSPEND, "Host/hv1", "ann", "disks are swapped", before + 3600)
    assert (made.verb, made.subject, made.author, made.reason) == (
        Verb.SUSPEND,
        "Host/hv1",
        "ann",
        "disks are swapped",
    )
    assert before - 1 <= made.at <= time.time() + 1
    assert (made.expires, made.ended, made.ended_by) == (before + 3600, None, "")
    again = open_state(url, readonly=True)
    assert again.decisions() == [made]
    again.close()


def test_it_is_made_while_a_writer_is_at_work(state: OpenState, url: str) -> None:
    person = open_state(url)
    with state.writer("run"):
        person.decide(Verb.PIN, "abc", "ann")
        assert in_force(state) == [(Verb.PIN, "abc")]
        assert person.end_decision(Verb.PIN, "abc", "bob")
    person.close()


def test_another_of_the_same_subject_takes_its_place(state: OpenState) -> None:
    first = state.decide(Verb.SUSPEND, "Domain/web", "ann", "one")
    state.decide(Verb.OBSERVE, "Domain/web", "ann")
    state.decide(Verb.SUSPEND, "Domain/db", "ann")
    second = state.decide(Verb.SUSPEND, "Domain/web", "bob", "two")
    assert in_force(state) == [
        (Verb.OBSERVE, "Domain/web"),
        (Verb.SUSPEND, "Domain/db"),
        (Verb.SUSPEND, "Domain/web"),
    ]
    past = {decision.id: decision for decision in state.decisions(past=True)}
    assert len(past) == 4
    assert (past[first.id].reason, past[first.id].ended_by) == ("one", "bob")
    assert past[first.id].ended is not None
    assert past[second.id] == second


def test_there_is_one_pin(state: OpenState) -> None:
    state.decide(Verb.SKIP, "bad", "ann")
    state.decide(Verb.PIN, "abc", "ann")
    state.decide(Verb.PIN, "def", "ann")
    assert in_force(state) == [(Verb.SKIP, "bad"), (Verb.PIN, "def")]


def test_it_ends_when_somebody_says_so(state: OpenState) -> None:
    for subject in ("Domain/web", "Domain/db"):
        state.decide(Verb.SUSPEND, subject, "ann")
    assert state.end_decision(Verb.SUSPEND, "Domain/web", "bob")
    assert in_force(state) == [(Verb.SUSPEND, "Domain/db")]
    assert not state.end_decision(Verb.SUSPEND, "Domain/web", "bob")
    assert not state.end_decision(Verb.OBSERVE, "Domain/db", "bob")
    state.decide(Verb.PIN, "abc", "ann")
    assert state.end_decision(Verb.PIN, "", "bob")
    assert not state.end_decision(Verb.PIN, "", "bob")
    ended = [decision for decision in state.decisions(past=True) if decision.ended_by]
    assert [(one.subject, one.ended_by) for one in ended] == [("Domain/web", "bob"), ("abc", "bob")]


def test_it_ends_by_itself_and_stays_as_it_was(state: OpenState) -> None:
    over = state.decide(Verb.SUSPEND, "Domain/web", "ann", "", time.time() - 5)
    assert state.decisions() == []
    assert not state.end_decision(Verb.SUSPEND, "Domain/web", "bob")
    state.decide(Verb.SUSPEND, "Domain/web", "bob")
    assert state.decisions(past=True)[0] == over


def test_an_end_that_no_calendar_has_is_far_away(state: OpenState) -> None:
    state.decide(Verb.SUSPEND, "Fleet", "ann", "", 1e30)
    assert in_force(state) == [(Verb.SUSPEND, "Fleet")]


def test_when_it_holds() -> None:
    decision = Decision(1, 10.0, Verb.SUSPEND, "Fleet", "ann", expires=20.0)
    assert [decision.holds(now) for now in (10.0, 19.9, 20.0)] == [True, True, False]


def test_each_fleet_has_its_own(state: OpenState, url: str) -> None:
    state.decide(Verb.PIN, "abc", "ann")
    other = open_state(url, fleet="other")
    other.decide(Verb.PIN, "def", "bob")
    assert in_force(state) == [(Verb.PIN, "abc")]
    assert in_force(other) == [(Verb.PIN, "def")]
    assert not other.end_decision(Verb.PIN, "abc", "bob")
    other.close()


def test_a_fleet_that_gets_a_uuid_keeps_what_was_decided(url: str) -> None:
    uuid = "11111111-2222-4333-8444-555555555555"
    named = open_state(url, fleet="shop")
    named.begin_run("apply", "tree")
    named.decide(Verb.PIN, "abc", "ann")
    named.close()
    state = open_state(url, fleet="shop", uuid=uuid)
    state.decide(Verb.SUSPEND, "Fleet", "ann")
    assert in_force(state) == [(Verb.PIN, "abc"), (Verb.SUSPEND, "Fleet")]
    state.close()
