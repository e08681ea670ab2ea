"""A kind of which a host shows nothing: nothing of it is taken for absent."""

from __future__ import annotations

from drivers.base import EVERYTHING, Inventory
from reconciler.plan import Options, make_plan
from reconciler.plan.model import Status
from specs.identity import Kind
from tests.reconciler.plan.facts import HOST, VERSION, changed, declare, desire, observe, record, world

WHY = "Failed to connect socket to '/run/libvirt/virtnetworkd-sock'"


def test_what_is_declared_is_blocked_and_what_was_recorded_is_remembered() -> None:
    document = "<network><name>lan</name></network>"
    lan = declare(document, Kind.NETWORK, "lan")
    gone = declare(document.replace("lan", "old"), Kind.NETWORK, "old")
    known = {
        record(each, observe(each.document, Kind.NETWORK, each.native)): (each.document, each.document)
        for each in (lan, gone)
    }
    blind = Inventory(HOST, VERSION, {}, {(Kind.NETWORK, EVERYTHING): WHY})
    given = changed(world(records=known), inventories={HOST: blind})
    for fleet in ({}, {"prune": True}):
        plan = make_plan(desire(lan, **fleet), given, Options())
        assert (plan.actions, plan.forget) == ((), ())
        (verdict,) = (each for each in plan.verdicts if each.address == lan.address)
        assert (verdict.status, WHY in verdict.problem) == (Status.BLOCKED, True)
