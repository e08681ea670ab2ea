"""When a change wakes: once for many, not before it has settled, and not for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Change, Happening
from reconciler.controller.settling import (
    BURST,
    LONGEST,
    LONGEST_SETTLE,
    QUIET,
    REGAINED,
    Wake,
    WakeUps,
)
from specs.identity import Kind

NEVER = float("inf")


@pytest.fixture
def settling() -> WakeUps:
    return WakeUps()


def change(name: str = "web", what: Happening = Happening.STOPPED, settle: float = 0.0) -> Change:
    return Change(Kind.DOMAIN, name, what, settle=settle)


def names(wakes: list[Wake]) -> list[tuple[str, list[str]]]:
    return [(wake.host, [each.name for each in wake.changes]) for wake in wakes]


def test_several_changes_of_a_host_are_one_wake_up(settling: WakeUps) -> None:
    settling.note("hv1", change("a"), 1.0)
    settling.note("hv1", change("b"), 1.0 + QUIET / 2)
    settling.note("hv2", change("c"), 1.0 + QUIET / 2)
    assert settling.due(1.0 + QUIET) == []
    due = settling.next_due()
    assert due == pytest.approx(1.0 + QUIET * 1.5)
    assert names(settling.due(due)) == [("hv1", ["a", "b"]), ("hv2", ["c"])]
    assert (settling.due(9), settling.next_due()) == ([], NEVER)


def test_a_host_that_is_never_quiet_is_looked_at(settling: WakeUps) -> None:
    now = 0.0
    while not (wakes := settling.due(now)):
        settling.note("hv1", change(f"g{now}"), now)
        now += QUIET / 3
    assert now == pytest.approx(LONGEST, abs=QUIET)
    assert wakes[0].since == 0


def test_what_is_on_its_way_is_waited_for(settling: WakeUps) -> None:
    """And keeps nothing else waiting."""
    settling.note("hv1", change("reboots", settle=3), 0)
    settling.note("hv1", change("destroyed"), 0)
    assert names(settling.due(QUIET)) == [("hv1", ["destroyed"])]
    assert settling.unsettled("hv1", 1) == {(Kind.DOMAIN, "reboots")}
    assert settling.due(2.9) == []
    assert names(settling.due(3)) == [("hv1", ["reboots"])]
    assert settling.unsettled("hv1", 3) == settling.unsettled("hv2", 3) == frozenset()


def test_a_guest_that_is_back_is_waited_for_no_longer(settling: WakeUps) -> None:
    settling.note("hv1", change(settle=3), 0)
    settling.note("hv1", change(what=Happening.STARTED), 1)
    assert settling.unsettled("hv1", 1) == frozenset()
    (wake,) = settling.due(1 + QUIET)
    assert [each.what for each in wake.changes] == [Happening.STOPPED, Happening.STARTED]
    assert wake.since == 0


def test_a_guest_that_reboots_for_ever_is_looked_at(settling: WakeUps) -> None:
    now = 0.0
    while not settling.due(now):
        settling.note("hv1", change(settle=3), now)
        now += 1
    assert now == LONGEST_SETTLE


def test_who_may_have_missed_something_looks_in_full(settling: WakeUps) -> None:
    settling.note("hv1", change(), 0)
    settling.note("hv1", None, QUIET / 2)
    settling.note("hv1", None, QUIET)
    assert settling.due(QUIET * 2) == [Wake("hv1", (change(),), 0, missed=True)]


def test_a_look_sees_what_was_told_before_it(settling: WakeUps) -> None:
    settling.note("hv1", change("a"), 0)
    settling.note("hv1", change("b", settle=3), 0)
    assert settling.looking("hv2", 0) == ()
    assert [each.name for each in settling.looking("hv1", QUIET / 2)] == ["a"]
    assert names(settling.due(5)) == [("hv1", ["b"])], "it was on its way at that time"


def test_what_happens_again_and_again_is_looked_at_less_often(settling: WakeUps) -> None:
    """As long as it does, and without anything else being late."""
    woken, now = 0, 0.0
    while now < 100:
        settling.note("hv1", change("crashes"), now)
        woken += bool(settling.due(now + 0.5))
        now += 1
    assert BURST <= woken <= BURST + 100 / REGAINED + 1
    settling.note("hv1", change("other"), now)
    (wake,) = settling.due(now + LONGEST)
    assert "other" in [each.name for each in wake.changes]
    later = now + BURST * REGAINED * 2
    settling.due(later)
    settling.note("hv1", change("crashes"), later)
    assert settling.due(later + QUIET)


def test_of_hosts_that_are_gone_nothing_is_known(settling: WakeUps) -> None:
    settling.note("hv1", change(), 0)
    settling.note("hv2", change(), 0)
    settling.keep(["hv2"])
    assert names(settling.due(9)) == [("hv2", ["web"])]


TOLD = st.tuples(
    st.floats(0, 0.5),
    st.sampled_from(["hv1", "hv2"]),
    st.sampled_from("abc"),
    st.sampled_from([0.0, 0.0, 1.0, 3.0]),
)


@given(st.lists(TOLD, max_size=40))
def test_nothing_that_was_told_is_lost_or_late(told: list[tuple[float, str, str, float]]) -> None:
    settling, now = WakeUps(), 0.0
    given_, got = [], []
    for pause, host, name, settle in told:
        until = now + pause
        while settling.next_due() <= until:
            now = settling.next_due()
            got += [(wake.host, each) for wake in settling.due(now) for each in wake.changes]
        now = until
        settling.note(host, change(name, settle=settle), now)
        given_.append((host, change(name, settle=settle)))
    end = now + LONGEST_SETTLE + BURST * REGAINED
    got += [(wake.host, each) for wake in settling.due(end) for each in wake.changes]
    assert sorted(got, key=repr) == sorted(given_, key=repr)
    assert settling.next_due() == NEVER
