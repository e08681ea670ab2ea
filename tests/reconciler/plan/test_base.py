"""What is known of before: the record, or the mark that travels with the object."""

from __future__ import annotations

import pytest
from lxml import etree

from reconciler.compare.model import Cause
from reconciler.operations import Adopt, Define
from reconciler.plan import Options, Plan, World, make_plan
from reconciler.plan.model import Status
from specs.desired import Declared
from specs.documents.marks import Mark, put_mark
from specs.xml import parse
from tests.reconciler.plan.facts import UUID, declare, desire, domain_xml, observe, record, world

GUEST = "11111111-2222-4333-8444-555555555555"
DECLARED = domain_xml(extra="<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>")
KEPT = domain_xml(
    uuid=GUEST,
    extra="<disk type='file'><driver name='odd'/><source file='/b'/><target dev='vda' bus='virtio'/></disk>"
    "<graphics type='vnc'/>",
)
"""What no rule makes of it: another source, and a device that nobody declared."""


def applied(declared: Declared, kept: str = KEPT, of: str = GUEST) -> str:
    """The document with the mark that an apply of that declaration leaves in it."""
    mark = Mark("default", declared.digest, fleet_uuid=UUID, uuid=of, name="web")
    root = parse(kept)
    vouching = mark.vouching(declared.document, etree.tostring(root, encoding="unicode"))
    etree.SubElement(root, "metadata").append(vouching.element())
    return etree.tostring(root, encoding="unicode")


def planned(declared: Declared, there: World) -> Plan:
    return make_plan(desire(declared), there, Options())


def test_without_the_record_the_mark_tells_what_a_value_became() -> None:
    declared = declare(DECLARED)
    plan = planned(declared, world(observe(applied(declared))))
    assert plan.actions == ()
    assert [v.status for v in plan.verdicts] == [Status.CONVERGED]
    assert [refresh.address for refresh in plan.refreshes] == [declared.address]
    assert planned(declared, world(observe(KEPT))).actions != ()


def test_another_machines_record_does_not_stand_against_it() -> None:
    declared, older = declare(DECLARED), declare(domain_xml(memory=524288))
    was = domain_xml(memory=524288, uuid=GUEST)
    seen = observe(applied(declared))
    known = {record(older, observe(was)): (older.document, was)}
    assert planned(declared, world(seen, records=known)).actions == ()


def test_what_drifted_since_is_no_longer_vouched_for() -> None:
    declared = declare(DECLARED)
    drifted = applied(declared).replace("1048576</memory>", "2097152</memory>")
    plan = planned(declared, world(observe(drifted)))
    (definition,) = (action for action in plan.actions if isinstance(action.operation, Define))
    assert "memory" in {reason.path for reason in definition.reasons}
    assert {reason.cause for reason in definition.reasons} == {Cause.DRIFTED}


def test_what_was_edited_since_is_edited_and_nothing_has_drifted() -> None:
    """The record is older still: what somebody else applied meanwhile is not taken for drift."""
    before, was = declare(domain_xml()), domain_xml(uuid=GUEST)
    applied_by_another, wanted = declare(DECLARED), declare(domain_xml(memory=524288))
    kept = KEPT.replace("<vcpu", "<iothreads>1</iothreads><vcpu").replace("<graphics type='vnc'/>", "")
    seen = observe(applied(applied_by_another, kept))
    known = {record(before, observe(was)): (before.document, was)}
    for there in (world(seen, records=known), world(seen)):
        (definition,) = planned(wanted, there).actions
        assert "iothreads" not in {reason.path for reason in definition.reasons}
        assert "<iothreads>1</iothreads>" in definition.operation.document


def test_an_edit_of_its_goals_alone_leaves_its_document_exact() -> None:
    before, declared = declare(DECLARED), declare(DECLARED, autostart=True)
    assert before.digest != declared.digest
    plan = planned(declared, world(observe(applied(before), autostart=False)))
    assert [action.verb for action in plan.actions] == ["autostart"]


def test_a_copy_has_no_part_in_it() -> None:
    declared = declare(DECLARED)
    plan = planned(declared, world(observe(applied(declared, of=UUID))))
    assert any(isinstance(action.operation, Define) for action in plan.actions)


@pytest.mark.parametrize("old", [True, False])
def test_an_older_mark_is_a_miss_and_an_adoption_vouches_at_once(old: bool) -> None:
    declared = declare(domain_xml())
    root = parse(domain_xml(uuid=GUEST))
    if old:
        put_mark(root, Mark("default", declared.digest, fleet_uuid=UUID))
    document = etree.tostring(root, encoding="unicode")
    plan = planned(declared, world(observe(document)))
    marks = [a.operation.document for a in plan.actions if isinstance(a.operation, Adopt)]
    if not old:
        (mark,) = marks
        assert 'readback="' in mark
