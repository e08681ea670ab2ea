"""What is named when a plan is not the one that was saved: each in the words that a person reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.operations import Define, Effect, Start, Undefine
from reconciler.plan.model import Action, Plan, Refresh, Status, Verdict
from reconciler.plan.sameness import changed, differing
from specs.identity import Address, Kind

WEB, DB = Address(Kind.DOMAIN, "web"), Address(Kind.DOMAIN, "db")
DEFINE = Action("define Domain/web", Define("<domain/>", Effect.NEXT_BOOT), WEB, "hv1", "web")
START = Action("start Domain/db", Start(), DB, "hv1", "db")


def plan(**values: Any) -> Plan:
    whole = Plan(
        "shop", "/tree", 1.0, {"hv1": "sim:///a"}, (Verdict(WEB, "hv1", Status.CHANGE),), (DEFINE, START),
        (Refresh(WEB, "hv1", "web", "<domain/>", "d"),), (), {"hv2": "down"}, ("careful",),
        {"Domain/web": "d"}, "c1",
    )  # fmt: skip
    return replace(whole, **values)


def told(now: Plan, then: Plan | None = None) -> list[tuple[str, str, bool]]:
    return [(one.subject, one.what, one.general) for one in differing(then or plan(), now)]


def of_web(**values: Any) -> Plan:
    return plan(actions=(replace(DEFINE, **values), START))


CASES: dict[str, tuple[Plan, tuple[str, str, bool]]] = {
    "nothing held it back": (
        of_web(deferred="the window"),
        ("Domain/web", "'define Domain/web': what holds it back (then: nothing; now: the window)", False),
    ),
    "what it waits for": (
        of_web(after=("x",)), ("Domain/web", "'define Domain/web': what it waits for", False),
    ),
    "its host, which has no words of its own": (
        of_web(host="hv9"), ("Domain/web", "'define Domain/web': its host", False),
    ),
    "what it does": (
        of_web(operation=Undefine()), ("Domain/web", "'define Domain/web': what it does", False),
    ),
    "its effect": (
        of_web(operation=Define("<domain/>", Effect.NONE)),
        ("Domain/web", "'define Domain/web': its effect", False),
    ),
    "an action more": (
        plan(actions=(DEFINE, START, replace(START, id="start Domain/x"))),
        ("Domain/db", "'start Domain/x' is planned now", False),
    ),
    "an action less": (
        plan(actions=(DEFINE,)), ("Domain/db", "'start Domain/db' is planned no more", False),
    ),
    "the order": (plan(actions=(START, DEFINE)), ("the order of the actions", "", True)),
    "an action twice": (plan(actions=(DEFINE, START, START)), ("the order of the actions", "", True)),
    "a host's URI": (plan(hosts={"hv1": "sim:///b"}), ("host hv1", "its URI", False)),
    "a host more": (
        plan(hosts={"hv1": "sim:///a", "hv3": "sim:///c"}), ("host hv3", "its URI", False),
    ),
    "a host that is reached again": (plan(unreachable={}), ("host hv2", "whether it can be reached", False)),
    "what was seen": (
        plan(seen={"Domain/web": "e"}), ("Domain/web", "what was declared or seen of it", False),
    ),
    "what is forgotten": (plan(forget=(DB,)), ("Domain/db", "whether its record is dropped", False)),
    "a verdict more": (
        plan(verdicts=(Verdict(WEB, "hv1", Status.CHANGE), Verdict(DB, "hv1", Status.CHANGE))),
        ("Domain/db", "whether it is looked after", False),
    ),
    "what waits for a restart": (
        plan(verdicts=(Verdict(WEB, "hv1", Status.CHANGE, pending=(object(),)),)),  # type: ignore[arg-type]
        ("Domain/web", "what waits for a restart", False),
    ),
    "a field of two words": (
        plan(verdicts=(Verdict(WEB, "hv1", Status.CHANGE, observed_power="running"),)),
        ("Domain/web", "its observed power", False),
    ),
    "the fleet": (plan(fleet="other"), ("the fleet's name", "", True)),
    "the folder": (plan(root="/other"), ("the tree's folder", "", True)),
    "the commit": (plan(commit="c2"), ("the commit", "", True)),
    "the warnings": (plan(warnings=()), ("what was warned of", "", True)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_differs_is_named(case: str) -> None:
    now, expected = CASES[case]
    assert told(now) == [expected]


def test_the_same_plan_at_another_time_is_the_same() -> None:
    assert told(plan(created=9.0)) == []


def test_the_order_of_resources_counts() -> None:
    one, other = Verdict(WEB, "hv1", Status.CHANGE), Verdict(DB, "hv1", Status.CHANGE)
    then, now = plan(verdicts=(one, other)), plan(verdicts=(other, one))
    assert told(now, then) == [("the order of the resources", "", True)]


def test_a_change_of_what_held_back_tells_both() -> None:
    ((_, what, _),) = told(of_web(), of_web(deferred="the window"))
    assert what.endswith("(then: the window; now: nothing)")


def test_aspects_are_told_by_their_names() -> None:
    found = changed("Domain/web", {"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "1"})
    assert [(one.subject, one.what) for one in found] == [("Domain/web", name) for name in ("b", "c", "d")]
