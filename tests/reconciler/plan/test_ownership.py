"""Whose a domain is where its hypervisor has no place for a mark: the record tells."""

from __future__ import annotations

from dataclasses import replace

from reconciler.operations import Define, Undefine
from reconciler.plan import Options, make_plan
from reconciler.plan.model import Status
from specs.desired import PowerState
from specs.documents.marks import NAMESPACE
from tests.reconciler.plan.facts import (
    CAPABILITIES,
    HOST,
    UUID,
    declare,
    desire,
    domain_xml,
    observe,
    record,
    world,
)

ESX = {HOST: replace(CAPABILITIES, family="esx")}
THERE = domain_xml(uuid=UUID)


def test_a_new_domain_is_defined_without_a_mark() -> None:
    plan = make_plan(desire(declare()), world(capabilities=ESX), Options())
    definition = next(a.operation for a in plan.actions if isinstance(a.operation, Define))
    assert NAMESPACE not in definition.document
    marked = make_plan(desire(declare()), world(), Options())
    definition = next(a.operation for a in marked.actions if isinstance(a.operation, Define))
    assert NAMESPACE in definition.document


def test_one_that_matches_needs_nothing() -> None:
    plan = make_plan(desire(declare()), world(observe(THERE), capabilities=ESX), Options())
    assert plan.actions == ()


def test_one_that_is_declared_no_more_is_pruned_by_its_record() -> None:
    seen = observe(THERE, power=PowerState.STOPPED)
    keeper = declare(name="db")
    known = {record(declare(), seen): (domain_xml(), THERE)}
    there = world(seen, records=known, capabilities=ESX)
    plan = make_plan(desire(keeper), there, Options(prune=True))
    assert [a.address.name for a in plan.actions if isinstance(a.operation, Undefine)] == ["web"]

    nobodys = world(seen, records={}, capabilities=ESX)
    plan = make_plan(desire(keeper), nobodys, Options(prune=True))
    assert not any(isinstance(a.operation, Undefine) for a in plan.actions)


def test_where_marks_are_kept_a_record_is_not_enough() -> None:
    seen = observe(THERE, power=PowerState.STOPPED)
    known = {record(declare(), seen): (domain_xml(), THERE)}
    plan = make_plan(desire(declare(name="db")), world(seen, records=known), Options(prune=True))
    assert not any(isinstance(a.operation, Undefine) for a in plan.actions)
    assert all(v.status is not Status.DELETE for v in plan.verdicts)
