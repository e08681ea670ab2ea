"""Guests whose memory was saved: started, they go on as they were, with what they were defined as then."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.operations import Define, Start
from reconciler.plan import Options, World, make_plan
from reconciler.plan.converged import is_converged
from reconciler.plan.model import Plan, Status
from reconciler.plan.users import User
from specs.desired import Policy, PowerState, digest
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import declare, desire, domain_xml, marked, observe, record, world
from tests.reconciler.plan.scenes import DISK, UUID, bytes_of, guest, recorded, spread, tree, volume

OLD, NEW = 1048576, 2097152


def planned(memory: int, *, power: PowerState = PowerState.STOPPED, saved: str | None = None) -> Plan:
    """A guest that was applied with the old memory, saved, and is declared with another."""
    before = declare(domain_xml(memory=OLD), power=power)
    document = marked(domain_xml(memory=OLD, uuid=UUID), before)
    seen = observe(document, saved=document if saved is None else saved)
    declared = before if memory == OLD else declare(domain_xml(memory=memory), power=power)
    records = recorded((before, observe(document, power=power)))
    return make_plan(desire(declared), world(seen, records=records), Options())


@pytest.mark.parametrize("saved", [None, ""], ids=["its document is told", "it is not"])
def test_a_changed_definition_waits_and_says_so(saved: str | None) -> None:
    plan = planned(NEW, saved=saved)
    (verdict,) = plan.verdicts
    (define,) = plan.actions
    assert isinstance(define.operation, Define)
    assert {d.path for d in verdict.pending} == {"memory", "currentMemory"}
    assert {d.effect.value for d in verdict.differences} == {"next-boot"}
    assert "managedsave" in verdict.notes[0]


def test_it_is_started_and_what_it_goes_on_with_is_not_vouched_for() -> None:
    plan = planned(OLD, power=PowerState.RUNNING)
    assert [type(action.operation) for action in plan.actions] == [Start]
    assert [refresh.live_ok for refresh in plan.refreshes] == [False]


def test_one_that_goes_on_as_it_is_defined_waits_for_nothing() -> None:
    plan = planned(OLD)
    assert plan.verdicts[0].status is Status.CONVERGED
    assert (plan.actions, plan.verdicts[0].pending) == ((), ())
    assert plan.refreshes[0].live_ok


def test_it_is_plainly_converged_once_its_saved_document_was_found_equal() -> None:
    declared = declare(power=PowerState.STOPPED)
    document = marked(domain_xml(uuid=UUID), declared)
    seen = observe(document, saved=document)

    def known(live_digest: str) -> World:
        entry = record(declared, seen, live_digest=live_digest)
        return world(seen, records={entry: (declared.document, document)})

    assert is_converged(declared, known(digest(document)))
    assert not is_converged(declared, known(""))


def test_it_uses_what_it_was_saved_with() -> None:
    saved = domain_xml(extra=DISK.format("old", "vda", "virtio"))
    user = User("hv1", observe(domain_xml(), saved=saved))
    from reconciler.plan.used import Used

    assert user.runs
    assert Used(Kind.VOLUME, "p/old").is_used_by(user.found)


def test_its_disk_is_not_filled_anew() -> None:
    from reconciler.plan.replacement import replacements
    from specs.content import OnSourceChange, Source

    policy = Policy(on_source_change=OnSourceChange.REPLACE)
    disk = volume("root", source=Source(file="new.img", identity="new"), policy=policy)
    web = guest(extra=DISK.format("root", "vda", "virtio"))
    document = marked(domain_xml(uuid=UUID, extra=DISK.format("root", "vda", "virtio")), web)
    there: dict[str, Any] = {"content": "old"}
    for saved in (document, None):
        seen, bytes_ = observe(document, saved=saved), bytes_of("root")
        known = spread(
            (seen, bytes_),
            records=recorded((disk, bytes_), **there),
            contents={disk.address: "new"},
        )
        found = replacements(tree(disk, web), known, frozenset())
        assert (disk.address in found.refused) is (saved is not None)


def test_it_does_not_move() -> None:
    web = guest(host="hv2")
    document = marked(domain_xml(uuid=UUID), web)
    plan = make_plan(tree(web), spread((observe(document, saved=document),), ()), Options())
    verdict = next(v for v in plan.verdicts if v.address == Address(Kind.DOMAIN, "web"))
    assert verdict.status is Status.BLOCKED
    assert "managedsave-remove" in verdict.problem
