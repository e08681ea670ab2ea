"""Fights: what is healed again and again is left alone for longer and longer, and what is calm is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from reconciler.compare.model import Cause, Difference
from reconciler.controller.fights import Fight, fights_in, without_fights
from reconciler.operations import Define, Start
from reconciler.plan.model import Action, Plan, Status, Verdict
from specs.fights import FightPolicy
from specs.identity import Address, Kind
from state.journal import ActionEntry

WEB, DB = Address(Kind.DOMAIN, "web"), Address(Kind.DOMAIN, "db")
RULES = FightPolicy(times=3, within=600.0, back_off=60.0, longest=400.0)
START = "start Domain/web"


def action(address: Address = WEB, *after: str) -> Action:
    return Action(f"start {address}", Start(), address, "hv1", address.name, after=after)


def plan(*actions: Action, cause: Cause = Cause.DRIFTED) -> Plan:
    verdicts = tuple(
        Verdict(
            each.address,
            "hv1",
            Status.CHANGE,
            differences=(Difference("power", "running", "stopped", cause),),
        )
        for each in actions
    )
    return Plan("shop", "tree", 0.0, {}, verdicts, actions)


def healed(*times: float, action: str = START, outcome: str = "done") -> list[ActionEntry]:
    """The journal, newest first, as it gives them."""
    return [ActionEntry(action, str(WEB), "start", at, at + 1, outcome) for at in reversed(times)]


def held_until(entries: Iterable[ActionEntry], now: float, edited: float = 0.0) -> float | None:
    history = {str(WEB): tuple(entries)}
    found = fights_in(plan(action()), lambda name: history.get(name, ()), RULES, now, {WEB: edited})
    return found[WEB].until if found else None


@pytest.mark.parametrize(
    ("times", "now", "until"),
    [
        ((), 0.0, None),
        ((10.0, 20.0), 21.0, None),
        ((10.0, 20.0, 30.0), 31.0, 90.0),
        ((10.0, 20.0, 30.0), 90.0, None),
        ((10.0, 600.0, 620.0), 621.0, None),  # the first is too long ago
        ((10.0, 20.0, 30.0, 95.0), 96.0, 215.0),  # again after the pause: twice as long
        ((10.0, 20.0, 30.0, 95.0, 220.0), 221.0, 460.0),
        ((10.0, 20.0, 30.0, 95.0, 220.0, 470.0), 471.0, 870.0),  # and no longer than the longest
        ((10.0, 20.0, 30.0, 691.0), 692.0, None),  # calm for long: it begins anew
        ((10.0, 20.0, 30.0, 691.0, 700.0, 710.0), 711.0, 770.0),
    ],
)
def test_the_pause_grows_while_the_fight_goes_on(
    times: tuple[float, ...], now: float, until: float | None
) -> None:
    assert held_until(healed(*times), now) == until


def test_what_failed_or_was_something_else_is_no_healing() -> None:
    for others in (healed(1.0, 2.0, 3.0, outcome="failed"), healed(1.0, 2.0, 3.0, action="stop Domain/web")):
        assert held_until([*others, *healed(4.0)], 5.0) is None


def test_what_was_done_before_the_files_were_edited_does_not_count() -> None:
    assert held_until(healed(10.0, 20.0, 30.0), 31.0, edited=15.0) is None
    assert held_until(healed(10.0, 20.0, 30.0), 31.0, edited=10.0) == 90.0


def test_only_what_drifted_is_fought_over() -> None:
    history = healed(10.0, 20.0, 30.0)
    edited = plan(action(), cause=Cause.EDITED)
    assert fights_in(edited, lambda _: history, RULES, 31.0) == {}
    asked: list[str] = []
    fights_in(plan(), lambda name: asked.append(name) or (), RULES, 31.0)  # type: ignore[func-returns-value]
    assert asked == []


def test_it_is_told_in_words() -> None:
    (fight,) = fights_in(plan(action()), lambda _: healed(10.0, 20.0, 30.0), RULES, 31.0).values()
    assert fight == Fight(WEB, START, 3, 20.0, 90.0)
    assert fight.why == "healed 3 times in 20s (start Domain/web); left alone for a while"


def test_it_is_held_back_with_what_waits_for_it() -> None:
    web, db, alone = action(), action(DB, START), action(Address(Kind.DOMAIN, "alone"))
    fight = Fight(WEB, START, 3, 20.0, 90.0)
    held = {a.address.name: a for a in without_fights(plan(web, db, alone), {WEB: fight}).actions}
    assert (held["web"].deferred, held["web"].until) == (fight.why, 90.0)
    assert (held["db"].deferred, held["db"].until) == (f"waits for Domain/web ({fight.why})", 90.0)
    assert held["alone"] == alone


def test_what_is_held_back_already_stays_as_it_is() -> None:
    waiting = replace(action(), deferred="its window", until=5.0)
    fight = Fight(WEB, START, 3, 20.0, 90.0)
    assert without_fights(plan(waiting), {WEB: fight}).actions == (waiting,)
    assert fights_in(plan(waiting), lambda _: healed(10.0, 20.0, 30.0), RULES, 31.0) == {}
    whole = plan(action())
    assert without_fights(whole, {}) is whole


def test_no_record_is_written_of_what_is_not_made() -> None:
    from reconciler.plan.model import Refresh

    define = Action("define Domain/web", Define("<domain/>"), WEB, "hv1", "web")
    made = replace(plan(define), refreshes=(Refresh(WEB, "hv1", "web", "<domain/>", "digest"),))
    assert without_fights(made, {WEB: Fight(WEB, define.id, 3, 20.0, 90.0)}).refreshes == ()
