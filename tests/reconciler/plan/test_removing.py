"""What a removal waits for, what is said of it, and what is left where it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from drivers.base import Belonging
from reconciler.compare.model import Cause
from reconciler.plan import Options, Plan, Selector, make_plan
from reconciler.plan.guard import destructive
from reconciler.plan.model import Status
from specs.desired import PowerState
from specs.identity import Kind
from tests.reconciler.plan.facts import HOST, declare, desire, domain_xml, marked, observe, record, world

UUID = "11111111-2222-3333-4444-555555555555"
OLD = declare(domain_xml("old"), name="old")
NVRAM = "<nvram>/n/old_VARS.fd</nvram></os>"
TPM = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"
NETWORK = "<network><name>lan</name><bridge name='virbr7'/></network>"


def pruned(power: PowerState = PowerState.RUNNING, **answers: Any) -> Plan:
    document = marked(domain_xml("old", uuid=UUID, extra=TPM).replace("</os>", NVRAM), OLD)
    live = document if power is PowerState.RUNNING else None
    seen = observe(document, name="old", power=power, live=live)
    records = {record(OLD, seen): (OLD.document, document)}
    return make_plan(desire(declare()), world(seen, records=records, **answers), Options(prune=True))


def test_a_guest_is_undefined_after_it_has_stopped() -> None:
    stop, undefine = (action for action in pruned().actions if action.address.name == "old")
    assert (stop.verb, undefine.verb) == ("stop", "undefine")
    assert stop.id in undefine.after
    assert {stop.uuid, undefine.uuid} == {UUID}
    assert {reason.cause for action in (stop, undefine) for reason in action.reasons} == {Cause.PRUNED}


def test_what_goes_with_a_definition_is_data_and_told_by_name() -> None:
    plan = pruned(lost={(HOST, "old"): {Belonging.SNAPSHOTS: "before, after", Belonging.TPM: ""}})
    (undefine,) = destructive(plan)
    assert undefine.native == "old"
    assert undefine.operation.arguments() == {"discards": "TPM state,snapshots"}
    (verdict,) = (verdict for verdict in plan.verdicts if verdict.address.name == "old")
    assert verdict.notes == (
        "lost with it: TPM state",
        "lost with it: snapshots (before, after)",
        "stays on the host: UEFI variables (/n/old_VARS.fd)",
    )


def test_what_stays_of_a_guest_is_told() -> None:
    plan = pruned()
    assert destructive(plan) == ()
    (verdict,) = (verdict for verdict in plan.verdicts if verdict.address.name == "old")
    assert verdict.notes == (
        "stays on the host: UEFI variables (/n/old_VARS.fd)",
        "stays on the host: TPM state",
    )


def test_a_removal_is_told_with_its_reason() -> None:
    (verdict,) = (verdict for verdict in pruned().verdicts if verdict.address.name == "old")
    assert verdict.status is Status.DELETE
    assert [difference.cause for difference in verdict.differences] == [Cause.PRUNED]
    assert (verdict.host, verdict.problem) == (HOST, "")


def test_destroying_tells_where_each_was_declared() -> None:
    declared = declare(NETWORK, Kind.NETWORK, "lan")
    seen = observe(NETWORK, Kind.NETWORK, "lan", power=PowerState.ACTIVE)
    records = {record(declared, seen): (NETWORK, NETWORK)}
    plan = make_plan(desire(declared), world(seen, records=records), Options(destroy=True))
    assert [action.verb for action in plan.actions] == ["stop", "undefine"]
    assert plan.actions[0].id in plan.actions[1].after
    assert plan.verdicts[0].origin == declared.origin


def test_destroying_leaves_what_cannot_be_reached_or_read() -> None:
    declared = declare()
    gone = make_plan(desire(declared), world(unreachable={HOST: "no route"}), Options(destroy=True))
    assert [(v.address, v.status) for v in gone.verdicts] == [(declared.address, Status.UNREACHABLE)]
    assert gone.actions == ()
    unreadable = world(replace(observe(domain_xml(uuid=UUID)), document="<domain"))
    left = make_plan(desire(declared), unreadable, Options(destroy=True))
    assert [(v.address, v.status) for v in left.verdicts] == [(declared.address, Status.BLOCKED)]
    assert left.actions == ()


def test_a_selector_takes_a_name_with_its_host_or_without() -> None:
    network = declare(NETWORK, Kind.NETWORK, "lan").address
    for said, meant in (
        ("network/lan", True), ("network/lan@hv1", True), ("network/l*", True), ("network/lan@hv2", False),
        ("network/wan", False), ("domain/lan", False),
    ):  # fmt: skip
        assert Selector.parse(said).matches(network, ()) is meant, said
