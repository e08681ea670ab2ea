"""Guests whose disks are copied, committed, pulled or backed up: what would change them waits."""

from __future__ import annotations

import pytest

from reconciler.operations import Adopt, Restart
from reconciler.plan import Options, make_plan
from reconciler.plan.model import Plan
from reconciler.plan.questions import about_differences
from specs.desired import PowerState
from tests.reconciler.plan.facts import HOST, declare, desire, domain_xml, marked, observe, world
from tests.reconciler.plan.scenes import UUID, recorded

RUNNING, STOPPED = PowerState.RUNNING, PowerState.STOPPED
COPY = {(HOST, "web"): ("a copy of disk vda", "a backup")}


def planned(memory: int = 2097152, power: PowerState = RUNNING, mark: bool = True) -> Plan:
    before = declare(power=RUNNING)
    document = domain_xml(uuid=UUID)
    seen_document = marked(document, before) if mark else document
    seen = observe(seen_document, live=seen_document, power=RUNNING)
    declared = declare(domain_xml(memory=memory), power=power)
    records = recorded((before, seen)) if mark else {}
    return make_plan(desire(declared), world(seen, records=records, jobs=COPY), Options())


@pytest.mark.parametrize("power", [RUNNING, STOPPED])
def test_all_that_changes_it_waits_and_says_for_what(power: PowerState) -> None:
    plan = planned(power=power)
    assert plan.actions
    told = "under way: a copy of disk vda, a backup; it waits until that has ended"
    for action in plan.actions:
        assert told in action.deferred or isinstance(action.operation, Restart)
    assert plan.changes == ()
    assert plan.refreshes == ()


def test_our_mark_harms_no_job() -> None:
    (action,) = planned(memory=1048576, mark=False).actions
    assert isinstance(action.operation, Adopt)
    assert action.deferred == ""


def test_only_of_guests_that_run_and_are_compared_it_is_asked() -> None:
    web, db, new = (declare(domain_xml(name), name=name) for name in ("web", "db", "new"))
    seen = (
        observe(domain_xml("web"), live=domain_xml("web"), power=RUNNING),
        observe(domain_xml("db"), name="db"),
    )
    asked = about_differences(desire(web, db, new), world(*seen), Options())
    assert asked.working == {(HOST, "web")}
