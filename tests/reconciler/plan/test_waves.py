"""Guests of a roll-out in waves: no more at once than may be, whatever they need of each other."""

from __future__ import annotations

from graphlib import TopologicalSorter
from itertools import count
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.operations import Define, Restart
from reconciler.plan.model import Action
from reconciler.plan.rolling import Rolling
from reconciler.plan.waves import in_waves
from specs.desired import StopPolicy
from specs.identity import Address, Kind
from specs.rollouts import CANARIES, Amount, RolloutPolicy
from state.tickets import GuestTurn


def guest(name: str) -> Address:
    return Address(Kind.DOMAIN, name)


def act(name: str, *after: str, kind: Kind = Kind.DOMAIN, verb: str = "restart") -> Action:
    operation = Restart(StopPolicy()) if verb == "restart" else Define("<domain/>")
    address = Address(kind, name, "" if kind is Kind.DOMAIN else "hv1")
    return Action(f"{verb} {name}", operation, address, "hv1", name, after=after)


def waves(actions: list[Action], policy: RolloutPolicy, **groups: str) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys(a.address.name for a in actions if a.address.kind is Kind.DOMAIN)
    turns = tuple(GuestTurn(guest(name), "hv1", groups.get(name, ""), down=True) for name in names)
    found = in_waves(tuple(actions), Rolling("c", turns), policy)
    return {action.id: action.after for action in found}


def at_most(number: int, **more: object) -> RolloutPolicy:
    return RolloutPolicy(Amount(number), groups=(("", 10),), **more)  # type: ignore[arg-type]


def test_no_more_than_may_be_down_are_changed_together() -> None:
    found = waves([act(name) for name in "abcde"], at_most(2))
    assert found == {
        "restart a": (),
        "restart b": (),
        "restart c": ("restart a", "restart b"),
        "restart d": ("restart a", "restart b"),
        "restart e": ("restart c", "restart d"),
    }


def test_canaries_go_before_all_others() -> None:
    policy = at_most(9, canaries=(guest("c"),))
    found = waves([act(name) for name in "abc"], policy, c=CANARIES)
    assert found == {"restart c": (), "restart a": ("restart c",), "restart b": ("restart c",)}


def test_a_batch_is_a_wave_too() -> None:
    policy = RolloutPolicy(batch=Amount(share=0.5), groups=(("", 4),))
    found = waves([act(name) for name in "abcd"], policy)
    assert found["restart c"] == ("restart a", "restart b")


def test_groups_do_not_wait_for_each_other() -> None:
    policy = RolloutPolicy(Amount(1), per="app", groups=(("x", 2), ("y", 2)))
    found = waves([act(name) for name in "abcd"], policy, a="x", b="x", c="y", d="y")
    assert found["restart b"] == ("restart a",)
    assert found["restart c"] == ()
    assert found["restart d"] == ("restart c",)


def test_what_a_canary_needs_goes_first_with_it() -> None:
    policy = at_most(1, canaries=(guest("c"),))
    found = waves([act("a"), act("b"), act("c", "restart b")], policy, c=CANARIES)
    assert found["restart b"] == ()
    assert "restart c" in found["restart a"]


def test_a_guest_comes_no_sooner_than_one_that_it_needs() -> None:
    found = waves([act("b"), act("c"), act("a", "restart c")], at_most(1))
    order = list(found)
    assert order.index("restart c") < order.index("restart a")


def test_guests_that_need_each_other_are_changed_together() -> None:
    """A volume of both is filled anew: each stops for it, and starts after it."""
    actions = [
        act("a", verb="define"),
        act("b", verb="define"),
        act("v", "define a", "define b", kind=Kind.VOLUME, verb="define"),
        act("a", "define v"),
        act("b", "define v"),
        act("c"),
    ]
    found = waves(actions, at_most(1))
    assert found["define a"] == found["define b"] == ()
    assert {"restart a", "restart b"} <= set(found["restart c"])


def test_after_a_wide_wave_one_waits_for_all_and_the_others_for_that() -> None:
    names = [f"g{number:03}" for number in range(90)]
    found = waves([act(name) for name in names], at_most(30))
    assert len(found["restart g030"]) == len(found["restart g060"]) == 30
    assert found["restart g031"] == ("restart g030",)
    assert found["restart g089"] == ("restart g060",)


@st.composite
def plans(draw: st.DrawFn) -> list[Action]:
    """Any actions of some guests, and of what is none; each waits for some that stand before it."""
    number, found = count(), list[Action]()
    for name in draw(st.lists(st.sampled_from("abcdefV"), min_size=2, max_size=14)):
        before = [action.id for action in found]
        after = draw(st.lists(st.sampled_from(before), max_size=3, unique=True)) if before else []
        kind = Kind.VOLUME if name == "V" else Kind.DOMAIN
        operation = Define("<x/>")
        address = Address(kind, name, "hv1" if kind is Kind.VOLUME else "")
        found.append(Action(f"{name}{next(number)}", operation, address, "hv1", name, after=tuple(after)))
    return found


@settings(max_examples=200, deadline=None)
@given(plans(), st.integers(1, 3), st.sampled_from(["", "a", "b"]), st.sampled_from([0, 20]))
def test_whatever_waits_for_what_there_is_an_order_and_it_is_kept(
    actions: list[Action], most: int, canary: str, few: int
) -> None:
    with patch("reconciler.plan.waves._FEW", few):
        _there_is_an_order_and_it_is_kept(actions, most, canary)


def _there_is_an_order_and_it_is_kept(actions: list[Action], most: int, canary: str) -> None:
    policy = at_most(most, canaries=(guest(canary),) if canary else ())
    groups = {canary: CANARIES} if canary else {}
    found = waves(actions, policy, **groups)
    # Raises CycleError where one waits for itself in the end.
    order = list(TopologicalSorter(found).static_order())
    assert sorted(order) == sorted(action.id for action in actions)
    for action in actions:
        assert set(action.after) <= set(found[action.id])
    placed = list(found)
    assert all(placed.index(id_) < placed.index(name) for name, after in found.items() for id_ in after)
