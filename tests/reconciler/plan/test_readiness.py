"""Guests that are waited for."""

from __future__ import annotations

from typing import Any

from drivers.base import Observation
from reconciler.plan import Options, Plan, make_plan
from specs.desired import Declared, PowerState
from specs.guests import Ready
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import declare, desire, domain_xml, marked, observe, world

NOTHING = Options()
DB = Address(Kind.DOMAIN, "db")
RUNNING = PowerState.RUNNING


def guest(name: str, **values: Any) -> Declared:
    return declare(domain_xml(name), name=name, power=RUNNING, **values)


def steps(plan: Plan) -> list[tuple[str, str]]:
    return [(a.verb, a.address.name) for a in plan.actions if not a.deferred and a.verb != "define"]


def runs(declared: Declared) -> Observation:
    document = marked(domain_xml(declared.address.name, uuid=declared.uuid), declared)
    return observe(document, name=declared.address.name, power=RUNNING, live=document)


def test_a_started_guest_is_waited_for_and_the_next_one_starts_after() -> None:
    db = guest("db", ready=Ready("lease", timeout=30))
    web = guest("web", after=(DB,))
    plan = make_plan(desire(web, db), world(), NOTHING)
    assert steps(plan) == [("start", "db"), ("await", "db"), ("start", "web")]
    wait = next(action for action in plan.actions if action.verb == "await")
    assert wait.operation.arguments() == {"method": "lease", "port": "0", "timeout": "30"}
    assert wait.id in plan.actions[-1].after


def test_without_readiness_the_start_itself_is_waited_for() -> None:
    plan = make_plan(desire(guest("web", after=(DB,)), guest("db")), world(), NOTHING)
    start = next(a for a in plan.actions if a.verb == "start" and a.address.name == "web")
    assert "start Domain/db" in start.after


def test_a_guest_that_runs_already_is_asked_before_the_next_one_starts() -> None:
    db = guest("db", ready=Ready("agent"))
    web = guest("web", after=(DB,))
    plan = make_plan(desire(web, db), world(runs(db)), NOTHING)
    assert steps(plan) == [("await", "db"), ("start", "web")]


def test_nobody_is_waited_for_when_nothing_starts() -> None:
    db = guest("db", ready=Ready("agent"))
    plan = make_plan(desire(db), world(runs(db)), NOTHING)
    assert steps(plan) == []


def test_a_start_that_would_wait_for_ever_is_held_back() -> None:
    first = guest("db", uuid="33333333-3333-4333-8333-333333333333")
    stranger = observe(
        domain_xml("other", uuid=first.uuid), name="other", power=PowerState.STOPPED
    )  # takes the UUID of db, which is blocked by it
    web = guest("web", after=(DB,))
    plan = make_plan(desire(web, first), world(stranger), NOTHING)
    assert steps(plan) == []
    held = next(a for a in plan.actions if a.verb == "start")
    assert "waits for Domain/db" in held.deferred
