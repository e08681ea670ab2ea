"""From a tree and what was observed to a host for everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from drivers.base import Inventory, Observation
from reconciler.place import assign, needs_room
from reconciler.plan import World
from specs.desired import Declared, DeclaredHost, Desired, PowerState
from specs.diagnostics import Origin
from specs.guests import Demand, HostCapacity, HostSelector, Placement
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import (
    CAPABILITIES,
    VERSION,
    changed,
    declare,
    desire,
    domain_xml,
    marked,
    observe,
    record,
    world,
)

GIB = 1 << 20


def fleet(*declared: Declared, **hosts: dict[str, Any]) -> Desired:
    known = {
        name: DeclaredHost(name, "qemu:///system", Origin("hosts.yaml"), **values)
        for name, values in {"hv1": {}, "hv2": {}, "hv3": {}, **hosts}.items()
    }
    return replace(desire(*declared), hosts=known)


def guest(name: str = "web", memory: int = GIB, **values: Any) -> Declared:
    return declare(
        domain_xml(name),
        name=name,
        **{"host": "", "placement": Placement(), "demand": Demand(1, memory), **values},
    )


def seen(declared: Declared) -> Observation:
    document = marked(domain_xml(declared.address.name, uuid=declared.uuid), declared)
    return observe(document, name=declared.address.name, power=PowerState.RUNNING, live=document)


def at(missing: str = "", memory: int = 8 * GIB, **there: Declared) -> World:
    """Three hosts of equal size, with a domain on some; one may be missing."""
    inventories = {
        host: Inventory(
            host,
            VERSION,
            {(Kind.DOMAIN, d.native): seen(d) for where, d in there.items() if where == host},
        )
        for host in ("hv1", "hv2", "hv3")
        if host != missing
    }
    return changed(
        world(),
        inventories=inventories,
        unreachable={missing: "connection refused"} if missing else {},
        capabilities={h: replace(CAPABILITIES, cpus=8, memory_kib=memory) for h in inventories},
    )


def home(desired: Desired, name: str = "web") -> str:
    return desired.resources[Address(Kind.DOMAIN, name)].host


def test_a_tree_without_placements_is_left_alone() -> None:
    desired = fleet(declare(power=PowerState.RUNNING))
    assert assign(desired, at()) == (desired, {})
    assert not needs_room(desired, at())


def test_a_new_guest_gets_a_host_and_one_that_is_there_stays() -> None:
    web = guest()
    assert needs_room(fleet(web), at())
    assert home(assign(fleet(web), at())[0]) == "hv1"
    assert not needs_room(fleet(web), at(hv3=web))
    assert home(assign(fleet(web), at(hv3=web))[0]) == "hv3"


def test_a_selector_a_drain_and_a_closed_host_count() -> None:
    web = guest(placement=Placement(hosts=HostSelector(names=("hv2", "hv3"))))
    assert home(assign(fleet(web), at(hv1=web))[0]) == "hv2"
    drained = fleet(web, hv2={"maintenance": True})
    assert home(assign(drained, at(hv2=web))[0]) == "hv3"
    closed = fleet(web, hv2={"schedulable": False})
    assert home(assign(closed, at())[0]) == "hv3"
    assert home(assign(closed, at(hv2=web))[0]) == "hv2"


def test_a_pinned_guest_returns() -> None:
    web = guest(host="hv1")
    assert home(assign(fleet(web, hv1={"maintenance": True}), at(hv1=web))[0]) == "hv2"
    assert home(assign(fleet(web), at(hv2=web))[0]) == "hv1"


def test_capacity_is_what_is_declared_and_what_strangers_leave() -> None:
    web = guest(memory=4 * GIB)
    small = {"capacity": HostCapacity(memory_kib=4 * GIB, reserved_kib=GIB)}
    assert home(assign(fleet(web, hv1=small, hv2=small), at())[0]) == "hv3"
    stranger = replace(guest("stranger"), document="")
    crowded = at(hv1=stranger, memory=4 * GIB)
    assert home(assign(fleet(web), crowded)[0]) == "hv2"


def test_who_fits_nowhere_is_told() -> None:
    desired, unplaced = assign(fleet(guest(memory=99 * GIB)), at())
    assert home(desired) == ""
    assert "needs 99 GiB" in unplaced[Address(Kind.DOMAIN, "web")]


def test_a_guest_of_a_host_that_cannot_be_asked_stays_there() -> None:
    web = guest()
    known = record(web, seen(web), host="hv2")
    lost = changed(at(missing="hv2"), records={web.address: known})
    assert home(assign(fleet(web), lost)[0]) == "hv2"
    fenced = fleet(web, hv2={"fenced": True})
    assert home(assign(fenced, lost)[0]) == "hv1"


def test_enemies_are_kept_apart_by_label() -> None:
    first, second = (
        guest(f"web{n}", labels=(("app", "web"),), placement=Placement(anti_affinity=("app=web",)))
        for n in (1, 2)
    )
    desired, _ = assign(fleet(first, second), at())
    assert home(desired, "web1") != home(desired, "web2")


def test_shared_volumes_are_asked_about_where_they_are_seen() -> None:
    pools = [
        replace(
            declare("<pool type='netfs'><name>p</name></pool>", Kind.STORAGE_POOL, "p", host=host),
            address=Address(Kind.STORAGE_POOL, "p", host),
        )
        for host in ("hv1", "hv2")
    ]
    volume = replace(
        declare("<volume><name>v</name></volume>", Kind.VOLUME, "v", native="p/v", host="hv1", shared=True),
        address=Address(Kind.VOLUME, "v", "", "p"),
    )
    desired = fleet(*pools, volume)
    there = observe("<volume><name>v</name></volume>", Kind.VOLUME, "p/v", power=None)
    stale = at()
    stale = changed(
        stale,
        inventories={**stale.inventories, "hv2": Inventory("hv2", VERSION, {(Kind.VOLUME, "p/v"): there})},
    )
    assert assign(desired, stale)[0].resources[volume.address].host == "hv2"
    assert assign(desired, at(missing="hv1"))[0].resources[volume.address].host == "hv2"
    assert assign(desired, at())[0].resources[volume.address].host == "hv1"
