"""What is taken away, from whom, and when: whole plans, as `told/removals.txt` has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Observation
from reconciler.plan import Options, Plan, Selector, make_plan
from specs.desired import OnDelete, Policy, PowerState, StopPolicy
from specs.documents.marks import Mark
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import UUID as FLEET
from tests.reconciler.plan.facts import declare, desire, domain_xml, observe, record
from tests.reconciler.plan.leaving import KEPT, NET, OLD, OWN, PRUNE, old, plan_of
from tests.reconciler.plan.scenes import (
    LAN,
    NIC,
    OFF,
    ON,
    OTHER,
    POOL,
    UUID,
    bytes_of,
    guest,
    lan,
    recorded,
    spread,
    there,
    tree,
    volume,
)
from tests.reconciler.plan.telling import pinned, told

DESTROY = Options(destroy=True)


def a_guest_with_all_that_is_its_own() -> Plan:
    """In reverse of how it was made; the stop is as the last declaration wanted it."""
    stop = Policy(stop=StopPolicy(("acpi",), 30, force=True))
    web = guest(extra=OWN + NIC, power=ON, policy=stop)
    pool = declare(POOL, Kind.STORAGE_POOL, "p")
    seen = there(web, extra=OWN + NIC), bytes_of("old.img"), lan(), observe(
        POOL, Kind.STORAGE_POOL, "p", power=PowerState.ACTIVE
    )  # fmt: skip
    known = recorded((web, seen[0]), (OLD, seen[1]), (NET, seen[2]), (pool, seen[3]))
    return plan_of(KEPT, hv1=seen, records=known)


def one_that_takes_the_place_of_another() -> Plan:
    """It starts when the other one has stopped: both may have the same disks."""
    old = guest("old")
    return plan_of(guest("new", power=ON), hv1=(there(old),), records=recorded((old, there(old))))


def over_the_cap() -> Plan:
    """What needs what is over the cap waits, and is not recorded."""
    changed = guest("web", extra=OWN, requires=(NET.address,), power=ON)
    gone = guest("gone")
    seen = there(gone, OFF), bytes_of("old.img"), there(changed, OFF, memory=524288)
    known = recorded((gone, seen[0]), (OLD, seen[1]))
    return plan_of(changed, NET, options=replace(PRUNE, max_deletions=1), hv1=seen, records=known)


def as_many_as_the_cap() -> Plan:
    seen = (bytes_of("old.img"),)
    return plan_of(KEPT, fleet={"max_deletions": 1}, hv1=seen, records=old())


def kept_by_the_flag_though_the_fleet_prunes() -> Plan:
    seen = (bytes_of("old.img"),)
    return plan_of(KEPT, options=Options(prune=False), fleet={"prune": True}, hv1=seen, records=old())


def what_stays_whatever_is_asked() -> Plan:
    kept, made, safe = (volume(f"{n}.img", policy=p) for n, p in (
        ("kept", Policy()), ("made", Policy(generated=True, on_delete=OnDelete.DELETE)),
        ("safe", Policy(protect=True, on_delete=OnDelete.DELETE)),
    ))  # fmt: skip
    seen = tuple(bytes_of(each.address.name) for each in (kept, made, safe))
    return plan_of(KEPT, hv1=seen, records=recorded(*zip((kept, made, safe), seen, strict=True)))


def marked_as(native: str, **values: Any) -> Observation:
    """A guest that nothing is recorded of, with a mark that says this."""
    plain = {"fleet": "default", "digest": "d", "fleet_uuid": FLEET, "uuid": UUID, "name": native}
    mark = str(Mark(**{**plain, **values}))
    return observe(domain_xml(native, uuid=UUID, mark=mark), name=native)


def marked_and_forgotten() -> Plan:
    """Only one whose name and whose fleet are certain goes."""
    return plan_of(
        KEPT,
        hv1=(
            marked_as("ours"),
            marked_as("safe", protect=True),
            marked_as("older", uuid=""),
            marked_as("namesakes", fleet_uuid=""),
            marked_as("renamed", name="was"),
            marked_as("copied", uuid=OTHER),
            marked_as("theirs", fleet="theirs"),
            marked_as("kept"),
            replace(marked_as("broken"), document="<other xmlns:vr='urn:virt-reconcile:1'/>"),
        ),
    )


def what_is_recorded_and_another_by_now() -> Plan:
    """A record is of one object: another of that name is nobody's; one that cannot be read is left."""
    pool = declare(POOL, Kind.STORAGE_POOL, "p")
    seen = lan(), observe("<other/>", Kind.STORAGE_POOL, "p", power=PowerState.ACTIVE)
    known = {record(NET, seen[0], uuid=UUID): ("", ""), record(pool, seen[1]): ("", "")}
    return plan_of(KEPT, hv1=seen, records=known)


def what_is_gone_is_forgotten_and_what_nobody_could_ask_is_not() -> Plan:
    away = {record(replace(NET, host="hv2"), lan(), host="hv2"): ("", "")}
    gone = {record(declare(LAN, Kind.NETWORK, "gone"), lan()): ("", "")}
    return plan_of(KEPT, hv2=None, records=away | gone)


def only_what_is_chosen_is_forgotten() -> Plan:
    names = ("one", "two")
    known = {record(declare(LAN, Kind.NETWORK, name), lan()): ("", "") for name in names}
    options = replace(PRUNE, only=(Selector.parse("network/one"),))
    return plan_of(KEPT, options=options, records=known)


def not_read_is_not_removed() -> Plan:
    """What stands in a file that is skipped, or whose file is empty, was not taken out by anybody."""
    nets = [declare(LAN.replace(">lan<", f">{n}<"), Kind.NETWORK, n) for n in ("one", "two", "three")]
    seen = [observe(n.document, Kind.NETWORK, n.native, power=PowerState.INACTIVE) for n in nets]
    known = recorded(*zip(nets, seen, strict=True))
    at = spread(tuple(seen), records=known, origins={nets[1].address: "empty.yaml"})
    skipped = (("Network", "one", "bad.yaml"), ("Domain", "three", "bad.yaml"))
    desired = replace(tree(KEPT), skipped=skipped, empty=("empty.yaml",))
    return make_plan(desired, at, PRUNE)


def destroyed() -> Plan:
    """All that is ours, guests first; the rest with the reason why not."""
    names = ("web", "strange", "namesakes", "odd", "nowhere")
    web, strange, names_, odd, nowhere = (guest(name, power=ON) for name in names)
    away = guest("away", host="hv2")
    seen = (
        there(web, extra=NIC),
        observe(domain_xml("strange", uuid=OTHER), name="strange"),
        marked_as("namesakes", fleet_uuid=""),
        observe("<other/>", name="odd"),
        lan(),
    )
    known = {record(NET, lan()): ("", ""), record(nowhere, there(nowhere)): ("", "")}
    declared = (web, strange, names_, odd, nowhere, away, NET)
    return plan_of(*declared, options=DESTROY, hv1=seen, hv2=None, records=known)


def destroyed_where_copies_are_left_over() -> Plan:
    web, gone = guest(power=ON), guest("gone")
    known = {record(gone, there(gone), host="hv2"): ("", "")}
    seen: dict[str, Any] = {"hv1": (there(web),), "hv2": (there(web, OFF), there(gone, OFF, OTHER))}
    return plan_of(web, gone, options=DESTROY, records=known, **seen)


def destroyed_without_a_fleet_of_ones_own() -> Plan:
    web, net = guest(power=ON), NET
    nobody = {"declared": False, "uuid": ""}
    known = {record(net, lan()): ("", "")}
    return plan_of(web, net, options=DESTROY, fleet=nobody, hv1=(there(web), lan()), records=known)


def of_a_domain_that_has_no_host_just_now() -> Plan:
    """What follows it keeps its host's volumes."""
    follower = replace(OLD, address=Address(Kind.VOLUME, "old.img", "", "p"), host="")
    seen = (bytes_of("old.img"),)
    desired = desire(KEPT, follower)
    return make_plan(desired, spread(seen, records=old()), PRUNE)


def renamed_on_its_host() -> Plan:
    """By its mark, or by the UUID that was recorded; a copy, another fleet's and a stranger's are not it."""
    by_mark, by_record, copied = guest("a"), guest("b"), guest("c")
    known = {record(by_record, there(by_record), uuid=OTHER): ("", "")}
    seen = (
        marked_as("a2", name="a"),
        observe(domain_xml("b2", uuid=OTHER), name="b2"),
        marked_as("c2", name="c", uuid=OTHER),
        marked_as("c3", name="c", fleet="theirs"),
        marked_as("c4", name="d"),
    )
    return plan_of(by_mark, by_record, copied, options=Options(), hv1=seen, records=known)


def renamed_and_unreadable() -> Plan:
    odd = observe("<other name='web' />".replace("'", '"'), name="x")
    return plan_of(guest(), options=Options(), hv1=(odd,))


CASES: dict[str, Callable[[], Plan]] = {
    made.__name__.replace("_", " "): made
    for made in (
        a_guest_with_all_that_is_its_own,
        one_that_takes_the_place_of_another,
        over_the_cap,
        as_many_as_the_cap,
        kept_by_the_flag_though_the_fleet_prunes,
        what_stays_whatever_is_asked,
        marked_and_forgotten,
        what_is_recorded_and_another_by_now,
        what_is_gone_is_forgotten_and_what_nobody_could_ask_is_not,
        only_what_is_chosen_is_forgotten,
        not_read_is_not_removed,
        destroyed,
        destroyed_where_copies_are_left_over,
        destroyed_without_a_fleet_of_ones_own,
        of_a_domain_that_has_no_host_just_now,
        renamed_on_its_host,
        renamed_and_unreadable,
    )
}


@pytest.mark.parametrize("title", CASES)
def test_a_plan_is_as_it_was_pinned(title: str) -> None:
    assert told(CASES[title]()) == pinned("removals")[title]


def test_nothing_else_is_pinned() -> None:
    assert list(pinned("removals")) == list(CASES)
