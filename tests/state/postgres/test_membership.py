"""What controllers do with hosts among each other, with a clock of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from state import LeaseLost
from state.postgres.holder import this_process
from state.postgres.membership import PostgresMembership
from state.postgres.opening import open_state
from state.postgres.state import PostgresState
from tests.state.samples import WEB
from tests.support.postgres import PostgresServer, empty_state

TTL = 6.0
HOSTS = ("hv1", "hv2", "hv3", "hv4")
LONG = 60.0


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def opened(url: str) -> Iterator[PostgresState]:
    state = open_state(url)
    assert isinstance(state, PostgresState)
    yield state
    state.close()


@contextmanager
def joined(state: PostgresState, clock: Callable[[], float]) -> Iterator[PostgresMembership]:
    place = state.database.place
    member = PostgresMembership(place, state.fleet, state.controllers, this_process("run"), TTL, clock)
    member.enter()
    yield member
    member.leave()


def under(state: PostgresState, member: PostgresMembership, host: str, token: int) -> PostgresState:
    return PostgresState(state.database, state.fleet, {host: token}, member)


def test_a_host_is_handed_over_to_who_asks_when_it_is_not_busy() -> None:
    clock = Clock()
    with opened(empty_state()) as state, joined(state, clock) as first, joined(state, clock) as second:
        first.beat(HOSTS)
        second.beat(HOSTS)
        first.beat(HOSTS)
        theirs, ours = second.beat(HOSTS), first.beat(HOSTS)
        assert sorted([*theirs, *ours]) == list(HOSTS)
        wanted = min(ours)
        second.ask([wanted])
        assert wanted in first.beat(HOSTS, busy=[wanted])
        assert wanted not in second.beat(HOSTS)
        with ThreadPoolExecutor(1) as pool:
            second.wait(0.0)
            waiting = pool.submit(second.wait, LONG)
            assert wanted not in first.beat(HOSTS)
            waiting.result(LONG / 2)  # it is told at once
        got = second.beat(HOSTS)
        assert got[wanted] > ours[wanted]
        first.ask([wanted])
        assert wanted in second.beat(HOSTS)  # it just came
        for _ in range(2):
            clock.now += TTL / 2
            first.beat(HOSTS)
            left = second.beat(HOSTS)
        assert wanted not in left


def test_what_a_newer_claim_has_is_refused_to_the_older_one() -> None:
    clock = Clock()
    with opened(empty_state()) as state, joined(state, clock) as first:
        token = first.beat(["hv1"])["hv1"]
        run = state.begin_run("run", "tree")
        with joined(state, clock) as second:
            second.ask(["hv1"])
            assert first.beat(["hv1"]) == {}
            newer = second.beat(["hv1"])["hv1"]
            old, new = under(state, first, "hv1", token), under(state, second, "hv1", newer)
            refused_to_the_older(run, old, new)
            assert state.interrupted() == {WEB}


def refused_to_the_older(run: int, old: PostgresState, new: PostgresState) -> None:
    with pytest.raises(LeaseLost, match="hv1"):
        old.begin_action(run, "start web", str(WEB), "start", "hv1")
    with pytest.raises(LeaseLost, match="hv1"):
        old.forget(WEB)
    new.begin_action(run, "start web", str(WEB), "start", "hv1")
    with pytest.raises(LeaseLost, match="hv1"):
        old.finish_action(run, "start web", "done")


def test_nothing_is_begun_when_others_may_take_it_for_dead_soon() -> None:
    clock = Clock()
    with opened(empty_state()) as state, joined(state, clock) as member:
        ours = under(state, member, "hv1", member.beat(["hv1"])["hv1"])
        run = state.begin_run("run", "tree")
        clock.now = 0.79 * TTL
        ours.begin_action(run, "start web", str(WEB), "start", "hv1")
        clock.now = 0.8 * TTL
        with pytest.raises(LeaseLost, match="could not say that it lives"):
            ours.begin_action(run, "stop web", str(WEB), "stop", "hv1")
        member.beat(["hv1"])
        ours.begin_action(run, "stop web", str(WEB), "stop", "hv1")


def test_when_another_database_takes_over_all_claims_begin_anew() -> None:
    server, clock = PostgresServer(), Clock()
    try:
        server.start()
        with opened(server.database()) as state, joined(state, clock) as member:
            before = member.beat(["hv1"])["hv1"]
            run = state.begin_run("run", "tree")
            number = state.last_number()
            server.promote()
            with pytest.raises(LeaseLost):
                under(state, member, "hv1", before).begin_action(run, "start", str(WEB), "start", "hv1")
            assert member.beat(["hv1"]) == {}
            clock.now += TTL / 2
            assert member.beat(["hv1"]) == {}
            clock.now += TTL / 2
            assert member.beat(["hv1"]) == {}
            after = member.beat(["hv1"])["hv1"]
            assert after > before + 1000  # tokens may have been given that were not handed on
            under(state, member, "hv1", after).begin_action(run, "start", str(WEB), "start", "hv1")
            assert [entry.action for entry in state.changes_after(number)] == ["start"]
    finally:
        server.close()
