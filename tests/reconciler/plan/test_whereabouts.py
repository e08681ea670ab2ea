"""Where a guest of ours is: what is certain, and what only a person can decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Inventory, Observation
from reconciler.plan import World
from reconciler.plan.whereabouts import Whereabouts, whereabouts
from specs.desired import Declared, DeclaredHost, PowerState
from specs.diagnostics import Origin
from specs.guests import Placement
from tests.reconciler.plan.facts import VERSION, declare, desire, domain_xml, marked, observe, record, world

UUID = "11111111-2222-3333-4444-555555555555"
OTHER = "11111111-2222-3333-4444-666666666666"
STOPPED, RUNNING = PowerState.STOPPED, PowerState.RUNNING
WEB = declare()


def copy(power: PowerState = STOPPED, uuid: str = UUID, *, ours: bool = True) -> Observation:
    document = domain_xml(uuid=uuid)
    document = marked(document, WEB) if ours else document
    return observe(document, power=power, live=document if power is RUNNING else None)


def held(last: str = "", **copies: Observation) -> World:
    """A world whose hosts hold these; `last` is the host that the record names."""
    known = {record(WEB, copy(), host=last, uuid=UUID): ("", "")} if last else None
    inventories = {
        host: Inventory(host, VERSION, {(seen.kind, seen.name): seen}) for host, seen in copies.items()
    }
    return world(records=known, inventories=inventories)


def found(seen: World, declared: Declared = WEB, **hosts: Any) -> Whereabouts:
    tree = desire(declared)
    return whereabouts(declared, replace(tree, hosts={**tree.hosts, **hosts}), seen)


def test_the_only_copy_is_the_one() -> None:
    assert found(held(hv1=copy())) == Whereabouts("hv1")
    assert found(held(hv2=copy())) == Whereabouts("hv2")


def test_on_its_own_host_it_need_not_be_marked_and_elsewhere_it_must() -> None:
    assert found(held(hv1=copy(ours=False))).owner == "hv1"
    assert found(held(hv2=copy(ours=False))) == Whereabouts()


def test_a_record_vouches_for_an_unmarked_copy_of_the_same_uuid_only() -> None:
    assert found(held("hv2", hv2=copy(ours=False))).owner == "hv2"
    assert found(held("hv2", hv2=copy(uuid=OTHER, ours=False))).owner == ""
    assert found(held("hv3", hv2=copy(ours=False), hv3=copy())).leftovers == ()


def test_the_copy_that_runs_is_the_guest_and_the_rest_is_left_over() -> None:
    where = found(held("hv1", hv1=copy(), hv2=copy(RUNNING), hv3=copy()))
    assert where == Whereabouts("hv2", ("hv1", "hv3"))


def test_of_several_that_are_stopped_it_is_the_one_that_was_seen_last() -> None:
    assert found(held("hv2", hv1=copy(), hv2=copy())) == Whereabouts("hv2", ("hv1",))
    assert "nothing remembers" in found(held(hv1=copy(), hv2=copy())).problem
    assert "nothing remembers" in found(held("hv3", hv1=copy(), hv2=copy())).problem


def test_two_that_run_and_two_that_differ_are_a_persons_to_decide() -> None:
    running = found(held("hv1", hv1=copy(RUNNING), hv2=copy(PowerState.PAUSED)))
    assert "running on hv1 and paused on hv2" in running.problem
    assert running.owner == ""
    assert "their UUIDs differ" in found(held("hv1", hv1=copy(), hv2=copy(uuid=OTHER))).problem


def test_what_cannot_be_read_may_be_the_guest_unless_it_runs_elsewhere() -> None:
    unreadable = replace(copy(), document="<domain")
    assert "unreadable" in found(held(hv2=unreadable)).problem
    assert "left alone" in found(held(hv1=unreadable)).problem
    assert found(held("hv1", hv1=copy(RUNNING), hv2=unreadable)) == Whereabouts("hv1")
    assert "hv2 holds one" in found(held("hv1", hv1=copy(), hv2=unreadable)).problem


@pytest.mark.parametrize("fenced", [False, True])
def test_it_is_not_started_a_second_time_while_its_last_host_is_silent(fenced: bool) -> None:
    hv2 = DeclaredHost("hv2", "qemu:///system", Origin("hosts.yaml"), fenced=fenced)
    problem = found(held("hv2"), hv2=hv2).problem
    assert ("was last on hv2" in problem) is not fenced


def test_a_placed_guest_without_a_record_may_be_on_a_silent_host_that_nobody_knows() -> None:
    placed = replace(WEB, placement=Placement())
    seen = world(unreachable={"hv2": "down"})
    assert "may be on hv2" in found(seen, placed).problem
    assert found(seen).problem == ""
    other = record(declare(name="db"), copy(), host="hv2")
    assert found(world(unreachable={"hv2": "down"}, records={other: ("", "")}), placed).problem == ""
