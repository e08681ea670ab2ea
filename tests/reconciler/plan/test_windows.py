"""When windows open and close, by whose clocks; and what waits for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.plan import Options, Plan, make_plan
from reconciler.plan.windows import closed, next_opening
from specs.desired import Policy, PowerState, RestartPolicy
from specs.effect import Effect
from specs.modes import Mode
from specs.windows import Window, restore_window, weekly
from tests.reconciler.plan.facts import NOW, declare, desire, domain_xml, marked, observe, world
from tests.reconciler.plan.scenes import UUID, guest, recorded, spread, there, tree

BERLIN = "Europe/Berlin"
ON = PowerState.RUNNING
LATER = "30 16 * * *"
"""It is 15:06 UTC."""


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def berlin(cron: str, hours: float = 2) -> Window:
    return Window((Effect.RESTART,), cron, hours * 3600, BERLIN)


def is_open(window: Window, at: str) -> bool:
    return closed((window,), utc(at)) is None


def test_it_opens_by_the_clocks_of_its_place_and_lasts_as_long_as_it_says() -> None:
    saturday = berlin("0 2 * * sat")
    assert next_opening((saturday,), utc("2026-11-26T20:00")) == utc("2026-11-28T01:00")
    assert next_opening((saturday,), utc("2026-07-01T20:00")) == utc("2026-07-04T00:00")
    assert [is_open(saturday, f"2026-11-28T{clock}") for clock in ("00:59", "01:00", "02:59", "03:00")] == [
        False,
        True,
        True,
        False,
    ]


def test_the_opening_is_told_as_the_clocks_there_show_it() -> None:
    held = closed((berlin("0 2 * * sat"), berlin("0 4 * * sat")), utc("2026-11-26T20:00"))
    assert held
    assert held.why == "waits for its window, opens Sat 2026-11-28 02:00 CET"
    assert held.until == utc("2026-11-28T01:00")


def test_a_time_that_the_clocks_leave_out_opens_it_when_they_go_on() -> None:
    """On 29 March 2026, 02:00 CET is 03:00 CEST."""
    night = berlin("30 2 * * *", 1)
    assert next_opening((night,), utc("2026-03-28T12:00")) == utc("2026-03-29T01:00")
    assert is_open(night, "2026-03-29T01:59")
    assert not is_open(night, "2026-03-29T02:00")
    assert next_opening((night,), utc("2026-03-29T01:00")) == utc("2026-03-30T00:30")


def test_a_window_that_is_open_while_the_clocks_go_forward_is_no_shorter() -> None:
    early = berlin("0 1 * * *", 2)
    assert is_open(early, "2026-03-29T01:59")
    assert not is_open(early, "2026-03-29T02:00")


def test_in_the_hour_that_is_twice_it_opens_once_and_is_no_longer() -> None:
    """On 25 October 2026, 03:00 CEST is 02:00 CET."""
    night = berlin("30 2 * * *", 0.5)
    assert next_opening((night,), utc("2026-10-24T12:00")) == utc("2026-10-25T00:30")
    assert is_open(night, "2026-10-25T00:59")
    assert [is_open(night, f"2026-10-25T{clock}") for clock in ("01:00", "01:30", "01:45")] == [False] * 3
    assert next_opening((night,), utc("2026-10-25T00:30")) == utc("2026-10-26T01:30")
    assert next_opening((night,), utc("2026-10-25T01:15")) == utc("2026-10-26T01:30")


def test_a_window_that_is_open_while_the_clocks_go_back_closes_in_real_time() -> None:
    early = berlin("0 1 * * *", 2)
    assert is_open(early, "2026-10-25T00:59")
    assert not is_open(early, "2026-10-25T01:00")


@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])
def test_it_opens_at_most_once_a_day_all_year_round(zone: str) -> None:
    window, now, seen = Window((), "15 1 * * *", 60, zone), utc("2026-01-01T12:00"), []
    for _ in range(364):
        now = next_opening((window,), now) or 0
        seen.append(datetime.fromtimestamp(now, ZoneInfo(zone)).date())
    assert len(set(seen)) == 364


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 5)),
    st.sampled_from(["0 2 * * *", "30 2 * * sun", "*/20 * * * *", "0 */6 * * *", "0 3 1 * *"]),
    st.integers(1, 200),
)
def test_what_is_told_to_open_is_open_then_and_not_before(moment: datetime, cron: str, minutes: int) -> None:
    window, now = Window((), cron, minutes * 60, BERLIN), moment.replace(tzinfo=UTC).timestamp()
    held = closed((window,), now)
    if held is None:
        return
    assert held.until is not None
    assert held.until > now
    assert closed((window,), held.until) is None
    assert closed((window,), held.until - 1) is not None


def test_what_an_earlier_version_kept_is_the_same_window() -> None:
    old = {"days": [5, 6], "start": 120, "end": 240}
    assert restore_window(old) == weekly((5, 6), 120, 240) == Window((), "0 2 * * 6,0", 7200.0)


def waiting(*effects: Effect, policy: Policy = Policy(), cron: str = LATER) -> Policy:
    return replace(policy, windows=(Window(effects, cron, 3600),))


def edited(policy: Policy, memory: int = 2097152, **fleet: Any) -> Plan:
    """More memory than the guest was started with: a definition and a restart."""
    before = declare(power=ON)
    document = marked(domain_xml(uuid=UUID), before)
    seen = observe(document, live=document, power=ON)
    after = declare(domain_xml(memory=memory), power=ON, policy=policy)
    return make_plan(desire(after, **fleet), world(seen, records=recorded((before, seen))), Options())


FREE = Policy(restart=RestartPolicy.IF_NEEDED)


def test_a_restart_waits_for_its_window_and_says_when_it_will_be() -> None:
    plan = edited(waiting(Effect.RESTART, policy=FREE))
    assert [action.verb for action in plan.changes] == ["define"]
    (held,) = (action for action in plan.actions if action.deferred)
    assert held.verb == "restart"
    assert held.deferred == "waits for its window, opens Sun 2025-06-15 16:30 UTC"
    assert held.until == plan.until == utc("2025-06-15T16:30")


def test_it_is_done_when_the_window_is_open() -> None:
    plan = edited(waiting(Effect.RESTART, policy=FREE, cron="0 15 * * *"))
    assert [action.verb for action in plan.changes] == ["define", "restart"]


def test_a_change_whose_effect_no_window_names_does_not_wait() -> None:
    plan = edited(waiting(Effect.MIGRATE, Effect.LIVE, policy=FREE))
    assert [action.verb for action in plan.changes] == ["define", "restart"]


def test_a_live_change_waits_only_where_it_is_named() -> None:
    named = edited(waiting(Effect.LIVE), memory=524288)
    assert edited(waiting(Effect.RESTART, policy=FREE), memory=524288).changes
    assert {action.deferred for action in named.actions if action.effect is Effect.LIVE} <= {
        "waits for its window, opens Sun 2025-06-15 16:30 UTC"
    }


def test_the_fleets_windows_hold_for_whoever_has_none() -> None:
    fleet: dict[str, Any] = {"windows": waiting(Effect.RESTART).windows}
    assert [action.verb for action in edited(FREE, **fleet).changes] == ["define"]
    own = waiting(Effect.RESTART, policy=FREE, cron="0 15 * * *")
    assert [action.verb for action in edited(own, **fleet).changes] == ["define", "restart"]


def move(hv1: str = "", hv2: str = "") -> Plan:
    hosts = {
        name: {"windows": (Window((Effect.MIGRATE,), cron, 3600),)}
        for name, cron in (("hv1", hv1), ("hv2", hv2))
        if cron
    }
    web = guest(host="hv2", power=ON)
    return make_plan(tree(web, **hosts), spread((there(web),)), Options())


def test_a_move_waits_for_the_windows_of_both_hosts() -> None:
    now = "0 15 * * *"
    assert [action.verb for action in move(now, now).changes] == ["migrate"]
    assert [action.verb for action in move(now).changes] == ["migrate"]
    for held, opens in (
        (move(now, LATER), "16:30"),
        (move(LATER, now), "16:30"),
        (move(LATER, "0 18 * * *"), "18:00"),
    ):
        assert held.changes == ()
        assert held.until == utc(f"2025-06-15T{opens}")


def test_what_comes_after_it_waits_with_it() -> None:
    """A guest that may not be stopped now is not undefined under its own feet."""
    web = guest(power=ON, policy=waiting(Effect.RESTART))
    seen = there(web)
    known = recorded((web, seen))
    plan = make_plan(
        desire(guest("other"), prune=True, max_shrink=1.0), world(seen, records=known), Options()
    )
    of_web = [action for action in plan.actions if action.address.name == "web"]
    assert [action.verb for action in of_web] == ["stop", "undefine"]
    assert all(action.deferred for action in of_web)


def test_a_person_who_destroys_waits_for_no_window() -> None:
    web = guest(power=ON, policy=waiting(Effect.RESTART))
    seen = there(web)
    plan = make_plan(desire(web), world(seen, records=recorded((web, seen))), Options(destroy=True))
    assert [action.verb for action in plan.changes] == ["stop", "undefine"]


def test_the_time_that_passes_is_no_part_of_a_plan() -> None:
    policy = waiting(Effect.RESTART, policy=FREE)
    assert edited(policy).actions == edited(policy).actions
    assert (edited(policy).until or 0) > NOW


def test_a_guest_that_is_left_on_two_hosts_is_held_back_on_each_by_itself() -> None:
    """One is observed, the other waits for its window: neither is undefined while it runs."""
    web = guest(power=ON)
    held: dict[str, Any] = {
        "hv1": {"windows": waiting(Effect.RESTART).windows},
        "hv2": {"mode": Mode.OBSERVE},
    }
    made = tree(guest("other"), fleet={"prune": True, "max_shrink": 1.0}, **held)
    known = recorded((web, there(web)))
    plan = make_plan(made, spread((there(web),), (there(web),), known), Options(allow_shrink=True))
    of_web = [action for action in plan.actions if action.address.name == "web"]
    assert sorted(action.verb for action in of_web) == ["stop", "stop", "undefine", "undefine"]
    assert all(action.deferred for action in of_web)
