"""What is planned for one guest, network, pool or secret that is there: causes, order, and what is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.compare.model import Cause
from reconciler.operations import Effect
from reconciler.plan import Options, Plan, make_plan
from reconciler.plan.model import Status
from specs.desired import Declared, Policy, PowerState, RestartPolicy
from specs.identity import Kind
from specs.secret_source import SecretSource
from tests.reconciler.plan.facts import declare, desire, domain_xml, marked, observe, record, world

UUID = "11111111-2222-3333-4444-555555555555"
DISK = "<disk type='file' device='disk'><source file='/{0}'/><target dev='{0}' bus='virtio'/></disk>"
RUNNING = PowerState.RUNNING


def planned(declared: Declared, document: str, **values: Any) -> Plan:
    """Without any record: of what stands there as this document."""
    return make_plan(desire(declared), world(observe(document, **values)), Options())


def of(declared: Declared, **values: Any) -> str:
    return marked(domain_xml(uuid=UUID, **values), declared)


def verbs(plan: Plan) -> list[str]:
    return [action.verb for action in plan.actions]


def test_without_a_record_the_mark_says_whose_change_it_was() -> None:
    declared = declare(domain_xml(memory=2097152))
    drifted = planned(declared, of(declared))
    assert {reason.cause for reason in drifted.actions[0].reasons} == {Cause.DRIFTED}
    before = declare(domain_xml())
    edited = planned(declared, of(before))
    assert {reason.cause for reason in edited.actions[0].reasons} == {Cause.EDITED}


def test_a_change_of_what_does_not_run_costs_nothing() -> None:
    declared = declare(domain_xml().replace("machine='pc-i440fx-7.2'", "machine='pc-q35-7.2'"))
    (action,) = planned(declared, of(declared).replace("pc-q35-7.2", "pc-i440fx-7.2")).actions
    assert action.effect is Effect.NONE


def test_a_transient_guest_is_made_to_stay() -> None:
    declared = declare(power=RUNNING)
    document = of(declared)
    plan = planned(declared, document, power=RUNNING, live=document, persistent=False)
    assert "define" in verbs(plan)
    told = {(d.path, d.declared, d.observed, d.cause) for d in plan.verdicts[0].differences}
    assert ("persistent", "yes", "no", Cause.DRIFTED) in told


def test_a_device_is_unplugged_before_another_one_is_plugged_in() -> None:
    declared = declare(domain_xml(extra=DISK.format("vdb")), power=RUNNING)
    document = of(declared, extra=DISK.format("vdc"))
    plan = planned(declared, document, power=RUNNING, live=document)
    assert verbs(plan) == ["define", "detach", "attach"]
    define, detach, attach = plan.actions
    assert define.id in detach.after
    assert {define.id, detach.id} <= set(attach.after)
    assert {reason.cause for action in (detach, attach) for reason in action.reasons} == {Cause.DRIFTED}


def test_nothing_is_changed_live_where_a_restart_comes_anyhow() -> None:
    machine = domain_xml(extra=DISK.format("vdb")).replace("pc-i440fx-7.2", "pc-q35-7.2")
    for restart, expected in (
        (RestartPolicy.IF_NEEDED, ["define", "restart"]),
        (RestartPolicy.NEVER, ["define", "attach", "restart"]),
    ):
        declared = declare(machine, power=RUNNING, policy=Policy(restart=restart))
        document = of(declared)
        plan = planned(declared, document, power=RUNNING, live=document)
        assert verbs(plan) == expected
        assert bool(plan.actions[-1].deferred) is (restart is RestartPolicy.NEVER)
        waiting = {d.path: d.effect for d in plan.verdicts[0].differences}
        assert waiting["os/type/@machine"] is Effect.NEXT_BOOT


def test_what_is_paused_is_woken_before_it_is_changed_and_changed_before_it_is_paused() -> None:
    for declared_power, observed, expected in (
        (RUNNING, PowerState.PAUSED, ["define", "resume", "attach"]),
        (PowerState.PAUSED, RUNNING, ["define", "attach", "suspend"]),
    ):
        declared = declare(domain_xml(extra=DISK.format("vdb")), power=declared_power)
        document = of(declared)
        plan = planned(declared, document, power=observed, live=document)
        assert verbs(plan) == expected
        assert all(earlier.id in plan.actions[2].after for earlier in plan.actions[:2])


def test_a_goal_that_was_missed_tells_who_missed_it() -> None:
    """What is observed stands since we last looked: the files changed; else the host did."""
    declared = declare(power=PowerState.STOPPED)
    document = of(declared)
    seen = observe(document, power=RUNNING, live=document)
    for known, cause in ((RUNNING, Cause.EDITED), (PowerState.STOPPED, Cause.DRIFTED)):
        records = {record(declared, seen, power=known): (declared.document, document)}
        plan = make_plan(desire(declared), world(seen, records=records), Options())
        (stop,) = (action for action in plan.actions if action.verb == "stop")
        assert [reason.cause for reason in stop.reasons] == [cause]
        assert [d.path for d in plan.verdicts[0].differences] == ["power"]


def test_autostart_is_told_with_its_words_and_after_the_definition() -> None:
    declared = declare(domain_xml(memory=2097152), autostart=True)
    plan = planned(declared, of(declared), autostart=False)
    define, autostart = plan.actions
    assert (define.verb, autostart.verb) == ("define", "autostart")
    assert define.id in autostart.after
    (reason,) = autostart.reasons
    assert (reason.path, reason.declared, reason.observed) == ("autostart", "true", "false")
    assert planned(replace(declared, autostart=None), of(declared), autostart=True).actions[1:] == ()


@pytest.mark.parametrize("power", [PowerState.ACTIVE, PowerState.INACTIVE])
def test_a_pool_is_autostarted_after_all_else(power: PowerState) -> None:
    document = "<pool type='dir'><name>p</name><uuid>{}</uuid><target><path>/p</path></target></pool>"
    declared = declare(document.format(UUID), Kind.STORAGE_POOL, "p", power=PowerState.ACTIVE, autostart=True)
    seen = observe(document.format(UUID), Kind.STORAGE_POOL, "p", power=power, autostart=False)
    plan = make_plan(desire(declared), world(seen), Options())
    assert plan.actions[-1].verb == "autostart"
    assert len(plan.actions[-1].after) == (1 if power is PowerState.INACTIVE else 0)


@pytest.mark.parametrize(
    ("changed", "has", "cause"),
    [
        (True, True, Cause.EDITED),
        (True, False, Cause.EDITED),
        (False, False, Cause.DRIFTED),
        (False, True, None),
    ],
)
def test_a_secrets_value_is_set_where_it_changed_or_is_gone(
    changed: bool, has: bool, cause: Cause | None
) -> None:
    document = f"<secret ephemeral='no' private='no'><uuid>{UUID}</uuid><description>d</description></secret>"
    declared = declare(document, Kind.SECRET, "key", secret=SecretSource(text="t"))
    seen = observe(document, Kind.SECRET, "key", power=None, autostart=None, has_value=has)
    addresses = frozenset({declared.address} if changed else ())
    plan = make_plan(desire(declared), world(seen, secrets_changed=addresses), Options())
    told = [(reason.path, reason.cause) for action in plan.actions for reason in action.reasons]
    assert told == ([("value", cause)] if cause else [])
    assert plan.verdicts[0].status is (Status.CHANGE if cause else Status.CONVERGED)


def test_another_guest_in_the_place_of_ours_is_left_alone() -> None:
    declared = declare()
    known = record(declared, observe(domain_xml()), uuid="99999999-9999-4999-8999-999999999999")
    records = {known: ("", "")}
    plan = make_plan(desire(declared), world(observe(domain_xml(uuid=UUID)), records=records), Options())
    assert plan.actions == ()
    assert UUID in plan.verdicts[0].problem
    assert known.uuid in plan.verdicts[0].problem
    for other in (replace(known, host="hv2"), replace(known, uuid="")):
        adopted = world(observe(domain_xml(uuid=UUID)), records={other: ("", "")})
        assert make_plan(desire(declared), adopted, Options()).verdicts[0].problem == ""
