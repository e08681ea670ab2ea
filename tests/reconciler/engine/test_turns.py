"""Turns in a roll-out: with several who roll out, nothing is done without a ticket, and each ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.engine.turns import begin_turns, end_turns, with_turns
from reconciler.operations import Define, Restart
from reconciler.plan.model import Action, Outcome, Plan, Refresh, Result
from reconciler.plan.rolling import Rolling
from specs.desired import StopPolicy
from specs.identity import Address, Kind
from state import OpenState, open_state
from state.standings import Condition, HostStanding, Standing
from state.tickets import GuestTurn, Quota

NAMES = ("a", "b", "c")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenState]:
    with closing(open_state(str(tmp_path / "state.db"))) as opened:
        yield opened


def turn(name: str) -> GuestTurn:
    return GuestTurn(Address(Kind.DOMAIN, name), "hv1", "", down=True)


def acts(name: str) -> tuple[Action, Action]:
    address = Address(Kind.DOMAIN, name)
    define = Action(f"define {name}", Define("<domain/>"), address, "hv1", name)
    return define, Action(f"restart {name}", Restart(StopPolicy()), address, "hv1", name, after=(define.id,))


def plan(*, shared: bool = True, down: int | None = 2, settled: tuple[GuestTurn, ...] = ()) -> Plan:
    rolling = Rolling("c0ffee", tuple(map(turn, NAMES)), (("", Quota(down)),), settled, shared)
    actions = tuple(action for name in NAMES for action in acts(name))
    refreshes = tuple(Refresh(Address(Kind.DOMAIN, name), "hv1", name, "<domain/>", "d") for name in NAMES)
    return Plan("f", "t", 1000.0, {"hv1": "sim:x"}, actions=actions, refreshes=refreshes, rolling=rolling)


def ended(made: Plan, store: OpenState, *results: Result, stopped: bool = False) -> dict[str, str | None]:
    """Ends a plan whose actions end so, one after the other; how the tickets are afterwards (None: open)."""
    outcomes = [Outcome(a, r, "why") for a, r in zip(made.actions, results, strict=False)]
    end_turns(made, outcomes, store, stopped=stopped)
    return {
        ticket.turn.address.name: None if ticket.ended is None else ticket.failed
        for ticket in store.tickets("c0ffee")
    }


def doing(made: Plan) -> list[str]:
    return [action.id for action in made.actions if not action.deferred]


DONE, FAILED, SKIPPED, DEFERRED = Result.DONE, Result.FAILED, Result.SKIPPED, Result.DEFERRED


def test_only_those_with_a_ticket_are_changed(store: OpenState) -> None:
    made = with_turns(plan(), store)
    assert doing(made) == ["define a", "restart a", "define b", "restart b"]
    assert [turn.address.name for turn in made.rolling.turns] == ["a", "b"]
    assert {refresh.address.name for refresh in made.refreshes} == {"a", "b"}
    assert made.until == 1010.0


def test_another_gets_what_is_left(store: OpenState) -> None:
    with_turns(replace(plan(), rolling=replace(plan().rolling, turns=(turn("x"),))), store)
    assert doing(with_turns(plan(), store)) == ["define a", "restart a"]


def test_who_rolls_out_alone_takes_them_all(store: OpenState) -> None:
    made = plan(shared=False)
    assert with_turns(made, store) is made
    begin_turns(made, store)
    assert ended(made, store, *[DONE] * 6) == {"a": "", "b": "", "c": ""}
    assert all((ticket.ended or 0) >= ticket.taken for ticket in store.tickets("c0ffee"))


@pytest.mark.parametrize(
    ("results", "failure"),
    [
        ((DONE, DONE), ""),
        ((DONE, Result.UNCHANGED), ""),
        ((DONE, FAILED), "restart: why"),
        ((FAILED, SKIPPED), "define: why"),
        ((DONE, SKIPPED), "restart: why"),
    ],
)
def test_what_became_of_a_guest_is_noted(store: OpenState, results: tuple[Result, ...], failure: str) -> None:
    made = with_turns(plan(down=1), store)
    assert ended(made, store, *results) == {"a": failure}


@pytest.mark.parametrize("results", [(SKIPPED, SKIPPED), (DEFERRED, DEFERRED)])
def test_a_guest_to_whom_nothing_was_done_comes_again(store: OpenState, results: tuple[Result, ...]) -> None:
    assert ended(with_turns(plan(down=1), store), store, *results) == {}


def test_a_guest_at_whom_it_was_stopped_comes_again(store: OpenState) -> None:
    assert ended(with_turns(plan(down=1), store), store, DONE, SKIPPED, stopped=True) == {}


def test_a_guest_of_which_a_part_waits_for_its_window_comes_again(store: OpenState) -> None:
    made = with_turns(plan(down=1), store)
    actions = tuple(
        replace(action, deferred="its window", until=2000.0) if action.id == "restart a" else action
        for action in made.actions
    )
    assert ended(replace(made, actions=actions), store, DONE, DEFERRED) == {}
    never = tuple(replace(action, until=None) for action in actions)
    assert ended(replace(made, actions=never), store, DONE, DEFERRED) == {"a": ""}


def test_of_whom_nothing_is_left_to_be_done_is_noted_too(store: OpenState) -> None:
    made = replace(plan(settled=(turn("z"),)), actions=())
    assert ended(made, store) == {"z": ""}


def test_whoever_waits_is_told_that_there_may_be_room(store: OpenState) -> None:
    waiting = Standing(Address(Kind.DOMAIN, "x"), "hv2", Condition.WAITING)
    with store.join("run") as member:
        member.beat(["hv1", "hv2"])
        store.note_standings(HostStanding("hv2", "sim:x"), [waiting], {}, ["x"])
        member.woken()
        ended(with_turns(plan(down=1), store), store, DONE, DONE)
        assert set(member.woken()) == {"hv2"}
