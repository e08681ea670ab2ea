"""Pruning when much has vanished: the share, the few, the folders, and who may prune at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.plan import Options, Plan, make_plan
from reconciler.plan.model import Status
from specs.desired import Declared, Policy
from specs.diagnostics import Origin
from specs.identity import Kind
from tests.reconciler.plan.facts import changed, declare, desire, observe, record, world

PRUNE = Options(prune=True)


def network(number: int, folder: str = "", **values: Any) -> Declared:
    name = f"n{number}"
    origin = Origin(f"{folder}/{name}.yaml" if folder else f"{name}.yaml")
    text = f"<network><name>{name}</name></network>"
    return declare(text, Kind.NETWORK, name, origin=origin, **values)


def planned(before: list[Declared], now: list[Declared], options: Options = PRUNE, **fleet: Any) -> Plan:
    """The plan for what is declared now, when all of what was declared before was applied."""
    seen = {d: observe(d.document, d.address.kind, d.address.name, power=None) for d in before}
    known = world(*seen.values(), records={record(d, o): (d.document, o.document) for d, o in seen.items()})
    known = changed(known, origins={d.address: d.origin.file for d in before})
    return make_plan(desire(*now, **fleet), known, options)


def removed(plan: Plan) -> int:
    return sum(verdict.status is Status.DELETE for verdict in plan.verdicts)


@pytest.mark.parametrize(
    ("before", "leaving", "goes"),
    [(2, 1, True), (3, 1, True), (3, 2, False), (4, 1, True), (4, 2, True), (4, 3, False), (6, 3, True),
     (10, 3, True), (10, 4, False), (20, 4, True), (20, 5, False), (100, 10, True), (40, 9, False)],
)  # fmt: skip
def test_a_few_may_leave_and_a_share_of_many(before: int, leaving: int, goes: bool) -> None:
    tree = [network(n) for n in range(before)]
    plan = planned(tree, tree[leaving:])
    assert removed(plan) == (leaving if goes else 0)
    assert goes or "maxShrink (20%)" in plan.warnings[0]


@settings(deadline=None)
@given(st.integers(1, 60), st.data(), st.sampled_from([0.0, 0.05, 0.2, 0.5, 1.0]))
def test_never_more_than_is_allowed_unless_told(before: int, data: st.DataObject, share: float) -> None:
    leaving = data.draw(st.integers(0, before - 1))
    tree = [network(n) for n in range(before)]
    now = [*tree[leaving:], network(1000)]
    caps = Options(prune=True, max_deletions=1000)
    number = removed(planned(tree, now, caps, max_shrink=share))
    assert number in (0, leaving)
    assert number <= max(before * share + 1e-9, 3 if share else 0)
    assert removed(planned(tree, now, replace(caps, allow_shrink=True), max_shrink=share)) == leaving


def test_what_stays_anyway_and_what_is_made_anew_is_not_counted() -> None:
    tree = [network(n) for n in range(4)]
    kept = [network(n, policy=Policy(protect=True)) for n in range(10, 14)]
    made = [network(n, policy=Policy(generated=True)) for n in range(20, 24)]
    assert removed(planned([*tree, *kept, *made], tree[1:])) == 1 + 4


def test_new_resources_do_not_make_up_for_those_that_vanish() -> None:
    tree = [network(n) for n in range(10)]
    assert removed(planned(tree, [*tree[5:], *(network(n) for n in range(100, 150))])) == 0


TREE = (*(network(n) for n in range(30)), network(30, "a"), network(31, "a/b"), network(32, "c"))


class TestFolders:
    def plan(self, *now: Declared, told: bool = False) -> Plan:
        return planned([*TREE], [*TREE[:30], *now], Options(prune=True, allow_shrink=told))

    def test_one_that_declares_nothing_any_more_is_told(self) -> None:
        plan = self.plan(network(30, "a"), network(32, "c"))
        assert removed(plan) == 0
        assert "the folder 'a/b' declared something and declares nothing" in plan.warnings[0]
        assert removed(self.plan(network(30, "a"), network(32, "c"), told=True)) == 1

    def test_several(self) -> None:
        assert "the folders 'a', 'a/b', 'c' declared something and declare nothing" in self.plan().warnings[0]

    def test_many(self) -> None:
        more = [network(40, "d"), network(41, "e")]
        plan = planned([*TREE, *more], [*TREE[:30]], PRUNE)
        assert "the folders 'a', 'a/b', 'c' and 2 more declared" in plan.warnings[0]
        assert all(v.problem == plan.warnings[0] for v in plan.verdicts if v.status is Status.KEPT)

    def test_one_that_has_something_left_or_something_new_is_not_gone(self) -> None:
        assert removed(self.plan(network(30, "a"), network(99, "a/b"), network(32, "c"))) == 1

    def test_one_whose_resources_moved_is_not_gone(self) -> None:
        assert removed(self.plan(network(30, "x"), network(31, "y"), network(32, "z"))) == 0
        assert not self.plan(network(30, "x"), network(31, "y"), network(32, "z")).warnings


@pytest.mark.parametrize(
    ("fleet", "said"),
    [
        ({"declared": False, "uuid": ""}, "the tree has no Fleet"),
        ({"uuid": ""}, "a Fleet without a uuid: write"),
        ({"uuid": "", "origin": "fleet.yaml:1"}, "a Fleet without a uuid (fleet.yaml:1): write"),
    ],
)
def test_who_has_no_uuid_prunes_nothing(fleet: dict[str, object], said: str) -> None:
    tree = [network(n) for n in range(5)]
    plan = planned(tree, tree[1:], Options(prune=True, allow_shrink=True), **fleet)
    assert removed(plan) == 0
    assert said in plan.warnings[0]
    assert not planned(tree, tree, PRUNE, **fleet).warnings
