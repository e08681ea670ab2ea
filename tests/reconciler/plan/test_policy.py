"""When a guest may be restarted: never, whenever it is needed, or in its windows."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from reconciler.plan.model import Hold
from reconciler.plan.policy import restart_held
from reconciler.plan.windows import Rules
from specs.desired import DeclaredHost, FleetPolicy, Policy, RestartPolicy
from specs.diagnostics import Origin
from specs.effect import Effect
from specs.windows import Window, weekly
from tests.reconciler.plan.facts import HOST, declare

SUNDAY, MONDAY, TUESDAY, SATURDAY = 14, 15, 16, 20
"""Days of December 2025."""

LATE = weekly((0,), 23 * 60, 60)
"""Of Monday, into Tuesday."""

NAMED = weekly((0,), 60, 120, (Effect.RESTART,))
OTHERS = weekly((1,), 60, 120, (Effect.MIGRATE,))


def at(day: int, hour: int, minute: int = 0) -> float:
    return datetime(2025, 12, day, hour, minute, tzinfo=UTC).timestamp()


def held(
    policy: Policy, now: float, *, host: tuple[Window, ...] = (), fleet: tuple[Window, ...] = ()
) -> Hold | None:
    hosts = {HOST: DeclaredHost(HOST, "qemu:///system", Origin("hosts.yaml"), windows=host)}
    return restart_held(declare(policy=policy), Rules(hosts, FleetPolicy(windows=fleet)), now)


def when(restart: str, *windows: Window) -> Policy:
    return Policy(restart=RestartPolicy(restart), windows=windows)


@pytest.mark.parametrize(
    ("window", "now", "opened"),
    [
        (weekly((0,), 60, 120), at(MONDAY, 0, 59), False),
        (weekly((0,), 60, 120), at(MONDAY, 1), True),
        (weekly((0,), 60, 120), at(MONDAY, 1, 59), True),
        (weekly((0,), 60, 120), at(MONDAY, 2), False),
        (weekly((0,), 60, 120), at(TUESDAY, 1), False),
        (weekly((), 60, 120), at(TUESDAY, 1), True),
        (weekly((), 60, 120), at(TUESDAY, 2), False),
        (LATE, at(MONDAY, 22, 59), False),
        (LATE, at(MONDAY, 23), True),
        (LATE, at(TUESDAY, 0, 59), True),
        (LATE, at(TUESDAY, 1), False),
        (LATE, at(MONDAY, 0, 30), False),
        (LATE, at(TUESDAY, 23, 30), False),
        (weekly((6,), 23 * 60, 60), at(MONDAY, 0, 30), True),
        (weekly((5,), 23 * 60, 60), at(SUNDAY, 0, 30), True),
        (weekly((), 23 * 60, 60), at(SUNDAY, 0, 30), True),
        (weekly((), 23 * 60, 60), at(SATURDAY, 12), False),
        (weekly((5,), 24 * 60, 60), at(SUNDAY, 0, 30), True),
        (weekly((), 0, 24 * 60), at(SATURDAY, 12), True),
    ],
)
def test_a_weekly_window_is_open_from_its_start_until_before_its_end(
    window: Window, now: float, opened: bool
) -> None:
    never_then = weekly((3,), 0, 1)
    assert (held(when("window", never_then, window), now) is None) is opened


def test_windows_are_in_their_own_time_wherever_the_controller_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert held(when("window", weekly((0,), 60, 120)), at(MONDAY, 1)) is None
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_forbids_is_told() -> None:
    assert held(when("window"), 0) == Hold("waits for its window (none is declared)")
    found = held(when("never", NAMED), at(MONDAY, 1))
    assert found
    assert found.why.startswith("restart: never; ")
    opens = at(MONDAY, 1)
    assert held(when("window", NAMED, OTHERS), at(SUNDAY, 12)) == Hold(
        "waits for its window, opens Mon 2025-12-15 01:00 UTC", opens
    )


@pytest.mark.parametrize(
    ("policy", "free"),
    [
        (when("if-needed"), True),
        (when("if-needed", weekly((0,), 60, 120)), True),
        (when("if-needed", OTHERS), True),
        (when("if-needed", NAMED), False),
        (when("window", OTHERS), False),
    ],
)
def test_who_may_restart_at_once_waits_only_where_windows_name_restarts(policy: Policy, free: bool) -> None:
    assert (held(policy, at(SATURDAY, 12)) is None) is free


def test_the_nearest_windows_that_are_about_restarts_count() -> None:
    saturday = weekly((5,), 0, 24 * 60, (Effect.RESTART,))
    assert held(when("if-needed"), at(SATURDAY, 12), fleet=(NAMED,))
    assert held(when("if-needed"), at(SATURDAY, 12), host=(saturday,), fleet=(NAMED,)) is None
    assert held(when("if-needed", NAMED), at(SATURDAY, 12), host=(saturday,))
    assert held(when("if-needed", OTHERS), at(SATURDAY, 12), host=(saturday,), fleet=(NAMED,)) is None
