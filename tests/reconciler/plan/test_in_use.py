"""A volume is removed only when nobody uses it any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.plan import Options, Plan, Selector, make_plan
from reconciler.plan.model import Status
from specs.desired import Declared, OnDelete, Policy, PowerState
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import HOST, declare, desire, domain_xml, marked, observe, record, world

PRUNE = Options(prune=True)
DISK = (
    "<disk type='volume' device='disk'><source pool='p' volume='old.img'/><target dev='{}' bus='{}'/></disk>"
)
OLD = Address(Kind.VOLUME, "old.img", HOST, "p")
XML = (
    "<volume><name>old.img</name><capacity unit='bytes'>1048576</capacity>"
    "<target><path>/p/old.img</path></target></volume>"
)


def pruned(
    declared: Declared, *, persistent: str = "", live: str | None = None, options: Options = PRUNE
) -> Plan:
    """A volume that is declared no more; the domain has it in these documents."""
    volume = replace(declare(XML, Kind.VOLUME, "old.img", native="p/old.img"), address=OLD)
    there = observe(XML, Kind.VOLUME, "p/old.img", power=None, autostart=None)
    known = record(volume, there, policy=Policy(on_delete=OnDelete.DELETE))
    document = marked(domain_xml(uuid=declared.uuid, extra=persistent), declared)
    running = marked(domain_xml(uuid=declared.uuid, extra=live), declared) if live is not None else None
    guest = observe(document, power=PowerState.RUNNING if running else PowerState.STOPPED, live=running)
    own = record(declared, guest, declared_digest="before the edit")
    base = domain_xml(uuid=declared.uuid, extra=persistent)
    records = {known: (XML, XML), own: (base, document)}
    return make_plan(desire(declared), world(guest, there, records=records), options)


def removal(plan: Plan) -> bool:
    return any(a.verb == "undefine" and a.address == OLD for a in plan.actions)


def test_what_nobody_uses_goes() -> None:
    assert removal(pruned(declare()))


def test_what_a_domain_goes_on_using_stays() -> None:
    disk = DISK.format("vda", "virtio")
    declared = declare(domain_xml(extra=disk), power=None)
    plan = pruned(declared, persistent=disk)
    assert not removal(plan)
    (kept,) = [verdict for verdict in plan.verdicts if verdict.address == OLD]
    assert kept.status is Status.KEPT
    assert "Domain/web on hv1 still uses it" in kept.problem


@pytest.mark.parametrize("persistent", [True, False], ids=["defined", "only-live"])
def test_it_goes_after_the_running_guest_has_let_go(persistent: bool) -> None:
    disk = DISK.format("vdb", "virtio")
    plan = pruned(declare(power=PowerState.RUNNING), persistent=disk if persistent else "", live=disk)
    undefine = next(a for a in plan.actions if a.verb == "undefine")
    detach = next(a for a in plan.actions if a.verb == "detach")
    assert detach.id in undefine.after


@pytest.mark.parametrize("also", [(), ("Domain/web",)], ids=["it-alone", "with-its-user"])
def test_what_is_chosen_stays_while_its_user_is_not(also: tuple[str, ...]) -> None:
    """The guest's own change, which would let go of it, is not made by this plan."""
    disk = DISK.format("vdb", "virtio")
    only = tuple(map(Selector.parse, ("Volume/p/old.img", *also)))
    options = Options(prune=True, only=only)
    plan = pruned(declare(power=PowerState.RUNNING), persistent=disk, live=disk, options=options)
    assert removal(plan) is bool(also)


def test_it_stays_while_a_running_guest_cannot_let_go_before_its_restart() -> None:
    disk = DISK.format("sdb", "sata")
    assert not removal(pruned(declare(power=PowerState.RUNNING), persistent=disk, live=disk))


def test_what_others_lie_upon_stays() -> None:
    volume = replace(declare(XML, Kind.VOLUME, "old.img", native="p/old.img"), address=OLD)
    base = observe(XML, Kind.VOLUME, "p/old.img", power=None, autostart=None)
    upon = observe(
        XML.replace("old.img", "web.img").replace(
            "</volume>", "<backingStore><path>/p/old.img</path></backingStore></volume>"
        ),
        Kind.VOLUME,
        "p/web.img",
        power=None,
        autostart=None,
    )
    known = record(volume, base, policy=Policy(on_delete=OnDelete.DELETE))
    plan = make_plan(desire(declare()), world(base, upon, records={known: (XML, XML)}), PRUNE)
    assert not removal(plan)
    (kept,) = [verdict for verdict in plan.verdicts if verdict.address == OLD]
    assert "p/web.img lies upon it" in kept.problem
