"""A hypervisor that keeps no definition beside what runs: live, by a restart, or once it is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from drivers.dialects import effects
from reconciler.compare.model import Effect
from reconciler.plan import Options, Plan, make_plan
from reconciler.plan.model import Status
from specs.desired import Policy, PowerState, RestartPolicy
from specs.identity import Kind
from tests.reconciler.plan.facts import (
    CAPABILITIES,
    HOST,
    declare,
    desire,
    domain_xml,
    marked,
    observe,
    record,
    world,
)

UUID = "11111111-2222-3333-4444-555555555555"
FREE = Policy(restart=RestartPolicy.IF_NEEDED)
FAMILY = "vsphere"


@pytest.fixture(autouse=True)
def _family(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever its rows are: this one changes titles while a guest runs, and nothing else."""
    from drivers.dialects import families

    title = next(row for row in effects.EFFECTS if row.fits("title", None))
    rows = (replace(title, effect=Effect.LIVE, way=None, families=frozenset({FAMILY})),)
    monkeypatch.setattr(effects, "EFFECTS", rows)
    families._of_family.cache_clear()
    yield
    families._of_family.cache_clear()


def planned(document: str, power: PowerState, policy: Policy, wanted: PowerState | None = None) -> Plan:
    """Of a guest that was applied as it is, and is declared by another document now."""
    before = declare(domain_xml(uuid=UUID), power=power, policy=policy)
    seen = observe(marked(domain_xml(uuid=UUID), before), power=power)
    known = {record(before, seen): (before.document, seen.document)}
    declared = declare(document, power=wanted or power, policy=policy)
    there = world(seen, records=known, capabilities={HOST: replace(CAPABILITIES, family=FAMILY)})
    return make_plan(desire(declared), there, Options())


def done(plan: Plan) -> list[str]:
    return [action.verb for action in plan.changes]


TITLE = domain_xml(uuid=UUID).replace("<memory", "<title>new</title><memory", 1)
MEMORY = domain_xml(uuid=UUID).replace("1048576", "2097152")
BOTH = TITLE.replace("1048576", "2097152")


def test_what_changes_while_it_runs_is_defined_and_no_more() -> None:
    plan = planned(TITLE, PowerState.RUNNING, FREE)
    assert done(plan) == ["define"]
    assert plan.actions[0].effect is Effect.LIVE


def test_what_needs_a_stopped_guest_is_defined_amid_a_restart() -> None:
    plan = planned(BOTH, PowerState.RUNNING, FREE)
    assert done(plan) == ["reconfigure"]
    (action,) = plan.actions
    assert action.effect is Effect.RESTART
    assert {reason.path for reason in action.reasons} == {"title", "memory", "currentMemory"}
    assert "<title>new</title>" in action.operation.document
    assert "2097152" in action.operation.document


def test_without_leave_to_restart_the_rest_waits_and_is_not_forgotten() -> None:
    plan = planned(BOTH, PowerState.RUNNING, Policy())
    define, waits = plan.actions
    assert done(plan) == ["define"]
    assert "<title>new</title>" in define.operation.document
    assert "2097152" not in define.operation.document
    assert (waits.verb, waits.deferred[:14]) == ("reconfigure", "restart: never")
    assert {each.path for each in plan.verdicts[0].pending} == {"memory", "currentMemory"}
    assert plan.refreshes == ()  # a record would say that it is as declared


def test_alone_it_waits_and_nothing_is_done() -> None:
    plan = planned(MEMORY, PowerState.RUNNING, Policy())
    assert done(plan) == []
    assert plan.verdicts[0].status is Status.CONVERGED
    assert plan.verdicts[0].pending
    assert plan.refreshes == ()


def test_a_stopped_guest_is_simply_defined() -> None:
    assert done(planned(BOTH, PowerState.STOPPED, Policy())) == ["define"]
    assert done(planned(BOTH, PowerState.STOPPED, Policy(), PowerState.RUNNING)) == ["define", "start"]


def test_who_is_to_stop_anyway_stops_first() -> None:
    plan = planned(BOTH, PowerState.RUNNING, Policy(), PowerState.STOPPED)
    assert done(plan) == ["stop", "define"]
    assert plan.actions[1].after == (plan.actions[0].id,)


def test_kinds_that_no_guest_is_are_changed_at_once() -> None:
    family = effects.Effects.of_family(FAMILY)
    assert family.one_document
    assert family.effect(Kind.NETWORK, "bridge/@name", None) is Effect.NONE
