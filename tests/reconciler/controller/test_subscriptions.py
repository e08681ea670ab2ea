"""Who is subscribed to when: all in time, few at once, and nobody held up by one that hangs."""

from __future__ import annotations

import pytest

from reconciler.controller.subscriptions import (
    AT_ONCE,
    FIRST_PAUSE,
    LASTING,
    LONGEST_PAUSE,
    SLOW,
    UNSUPPORTED_PAUSE,
    Subscriptions,
)

NEVER = float("inf")


@pytest.fixture
def one() -> Subscriptions:
    hosts = Subscriptions()
    hosts.set_hosts(["hv1"], 0)
    return hosts


def test_a_host_is_opened_once(one: Subscriptions) -> None:
    assert one.take(0) == ["hv1"]
    assert one.take(9) == []
    assert (one.next_due(9), one.open) == (NEVER, frozenset())
    one.opened("hv1", 9)
    one.set_hosts(["hv1"], 10)
    assert one.take(99) == []
    assert (one.next_due(99), one.open) == (NEVER, frozenset({"hv1"}))


def test_what_fails_is_tried_after_longer_pauses(one: Subscriptions) -> None:
    now, pauses = 0.0, []
    for _ in range(9):
        assert one.take(now) == ["hv1"]
        one.failed("hv1", now)
        pauses.append(one.next_due(now) - now)
        now = one.next_due(now)
    assert pauses[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert pauses[-1] == LONGEST_PAUSE


def test_one_that_lasted_is_opened_soon_after_its_loss(one: Subscriptions) -> None:
    """One that is lost again and again is not."""
    now = 0.0
    for lasted, pause in ((1, 1), (1, 2), (1, 4), (LASTING, 1), (1, 2)):
        one.take(now)
        one.opened("hv1", now)
        one.lost("hv1", now + lasted)
        assert one.open == frozenset()
        assert one.next_due(now) == now + lasted + FIRST_PAUSE * pause
        now = one.next_due(now)


def test_a_loss_while_it_is_opened_counts(one: Subscriptions) -> None:
    one.take(0)
    one.lost("hv1", 0)
    one.opened("hv1", 1)
    assert (one.open, one.next_due(1)) == (frozenset(), FIRST_PAUSE)


def test_who_tells_nothing_is_left_alone_for_long(one: Subscriptions) -> None:
    one.take(0)
    one.failed("hv1", 0, unsupported=True)
    assert one.next_due(0) == UNSUPPORTED_PAUSE


def test_hosts_that_hang_hold_up_nobody() -> None:
    hosts = Subscriptions()
    hanging = [f"dead{number:03}" for number in range(AT_ONCE)]
    hosts.set_hosts([*hanging, "hv1"], 0)
    assert hosts.take(0) == hanging
    assert hosts.take(SLOW / 2) == []
    assert hosts.next_due(SLOW / 2) == SLOW
    assert hosts.take(SLOW) == ["hv1"]


def test_hosts_come_and_go(one: Subscriptions) -> None:
    one.take(0)
    one.set_hosts(["hv2"], 1)
    one.opened("hv1", 1)
    one.failed("hv1", 1)
    one.lost("hv1", 1)
    assert one.open == frozenset()
    assert one.take(1) == ["hv2"]
