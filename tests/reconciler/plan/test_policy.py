"""When a guest may be restarted: never, whenever it is needed, or in its windows (in UTC)."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from reconciler.plan.policy import describe, restart_forbidden
from specs.desired import Policy, RestartPolicy, Window

SUNDAY, MONDAY, TUESDAY, SATURDAY = 14, 15, 16, 20
"""Days of December 2025."""

LATE = Window((0,), 23 * 60, 60)
"""Of Monday, into Tuesday."""


def at(day: int, hour: int, minute: int = 0) -> float:
    return datetime(2025, 12, day, hour, minute, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("window", "now", "opened"),
    [
        (Window((0,), 60, 120), at(MONDAY, 0, 59), False),
        (Window((0,), 60, 120), at(MONDAY, 1), True),
        (Window((0,), 60, 120), at(MONDAY, 1, 59), True),
        (Window((0,), 60, 120), at(MONDAY, 2), False),
        (Window((0,), 60, 120), at(TUESDAY, 1), False),
        (Window((), 60, 120), at(TUESDAY, 1), True),
        (Window((), 60, 120), at(TUESDAY, 2), False),
        (LATE, at(MONDAY, 22, 59), False),
        (LATE, at(MONDAY, 23), True),
        (LATE, at(TUESDAY, 0, 59), True),
        (LATE, at(TUESDAY, 1), False),
        (LATE, at(MONDAY, 0, 30), False),
        (LATE, at(TUESDAY, 23, 30), False),
        (Window((6,), 23 * 60, 60), at(MONDAY, 0, 30), True),
        (Window((5,), 23 * 60, 60), at(SUNDAY, 0, 30), True),
        (Window((), 23 * 60, 60), at(SUNDAY, 0, 30), True),
        (Window((), 23 * 60, 60), at(SATURDAY, 12), False),
        (Window((0,), 60, 60), at(MONDAY, 1), False),
    ],
)
def test_a_window_is_open_from_its_start_until_before_its_end(
    window: Window, now: float, opened: bool
) -> None:
    policy = Policy(restart=RestartPolicy.WINDOW, windows=(Window((3,), 0, 1), window))
    assert (restart_forbidden(policy, now) == "") is opened


def test_windows_are_in_utc_wherever_the_controller_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        policy = Policy(restart=RestartPolicy.WINDOW, windows=(Window((0,), 60, 120),))
        assert restart_forbidden(policy, at(MONDAY, 1)) == ""
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_forbids_is_told() -> None:
    window = Policy(restart=RestartPolicy.WINDOW)
    assert restart_forbidden(window, 0) == "waits for its window (none is declared)"
    assert restart_forbidden(Policy(), 0).startswith("restart: never; ")
    assert restart_forbidden(Policy(restart=RestartPolicy.IF_NEEDED), 0) == ""


def test_windows_are_told_in_words() -> None:
    assert describe(Window((5, 6), 125, 245)) == "Saturday, Sunday 02:05-04:05 UTC"
    assert describe(Window(tuple(range(5)), 0, 1439)) == (
        "Monday, Tuesday, Wednesday, Thursday, Friday 00:00-23:59 UTC"
    )
    assert describe(Window((), 600, 660)) == "daily 10:00-11:00 UTC"
