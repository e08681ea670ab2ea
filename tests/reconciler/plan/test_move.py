"""A domain on another host than declared: moved, kept, or left to a person; never run twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Inventory, Observation
from reconciler.compare.model import Effect
from reconciler.plan import Options, Plan, World, make_plan
from reconciler.plan.model import Status
from specs.desired import Declared, DeclaredHost, Desired, PowerState
from specs.diagnostics import Origin
from specs.guests import MigrationPolicy, Placement
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import (
    CAPABILITIES,
    HOST,
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

NOTHING = Options()
UUID = "11111111-1111-4111-8111-111111111111"
OTHER_UUID = "22222222-2222-4222-8222-222222222222"
ON, OFF = PowerState.RUNNING, PowerState.STOPPED


def fleet(*declared: Declared, **hosts: dict[str, object]) -> Desired:
    known = {
        name: DeclaredHost(name, "qemu:///system", Origin("hosts.yaml"), **hosts.get(name, {}))  # type: ignore[arg-type]
        for name in (HOST, "hv2", "hv3")
    }
    return replace(desire(*declared), hosts=known)


def copy(declared: Declared, power: PowerState = ON, uuid: str = UUID, **values: Any) -> Observation:
    document = marked(domain_xml(uuid=uuid, **values), declared)
    return observe(document, power=power, live=document if power is not OFF else None)


def spread(records: dict[object, tuple[str, str]] | None = None, **copies: Observation | None) -> World:
    """A world of hosts: what each has of the domain; a host that is not named is unreachable."""
    inventories = {
        host: Inventory(host, VERSION, {(Kind.DOMAIN, "web"): seen} if seen else {})
        for host, seen in copies.items()
    }
    missing = {h: "connection refused" for h in (HOST, "hv2", "hv3") if h not in copies}
    return changed(
        world(records=records),  # type: ignore[arg-type]
        inventories=inventories,
        unreachable=missing,
        capabilities=dict.fromkeys(copies, CAPABILITIES),
    )


def verbs(plan: Plan) -> list[tuple[str, str]]:
    return [(action.verb, action.host) for action in plan.actions if not action.deferred]


def only(plan: Plan) -> str:
    return plan.verdicts[0].problem


def test_a_running_guest_moves_live_and_what_was_edited_goes_with_it() -> None:
    declared = declare(domain_xml(memory=2097152), power=ON)
    plan = make_plan(fleet(declared), spread(hv1=None, hv2=copy(declared), hv3=None), NOTHING)
    move = plan.actions[0]
    assert (move.verb, move.host, move.effect) == ("migrate", HOST, Effect.MIGRATE)
    assert move.operation.arguments()["from"] == "hv2"
    assert move.operation.arguments()["live"] == "true"
    assert "2097152" in move.operation.document
    assert "define" not in [action.verb for action in plan.actions]
    assert plan.verdicts[0].differences[0].path == "host"


def test_an_unedited_guest_keeps_its_document() -> None:
    declared = declare(power=ON)
    plan = make_plan(fleet(declared), spread(hv1=None, hv2=copy(declared), hv3=None), NOTHING)
    assert [(a.verb, a.operation.document) for a in plan.actions] == [("migrate", "")]


def test_a_stopped_guest_moves_cold_and_starts_at_its_destination() -> None:
    declared = declare(power=ON)
    plan = make_plan(fleet(declared), spread(hv1=None, hv2=copy(declared, OFF), hv3=None), NOTHING)
    assert verbs(plan) == [("migrate", HOST), ("start", HOST)]
    assert plan.actions[0].operation.arguments()["live"] == "false"
    assert plan.actions[1].after == (plan.actions[0].id,)


def test_a_guest_that_is_to_stop_stops_before_it_moves() -> None:
    declared = declare(power=OFF)
    plan = make_plan(fleet(declared), spread(hv1=None, hv2=copy(declared), hv3=None), NOTHING)
    assert verbs(plan) == [("stop", "hv2"), ("migrate", HOST)]
    assert plan.actions[1].after == (plan.actions[0].id,)


@pytest.mark.parametrize(("allow", "status"), [("never", Status.BLOCKED), ("stopped", Status.CHANGE)])
def test_the_policy_holds_a_move_back(allow: str, status: Status) -> None:
    declared = declare(power=ON, migration=MigrationPolicy(allow=allow))
    plan = make_plan(fleet(declared), spread(hv1=None, hv2=copy(declared), hv3=None), NOTHING)
    assert verbs(plan) == []
    assert plan.verdicts[0].status is status


def test_every_obstacle_is_named_before_anything_moves() -> None:
    declared = declare(power=ON)
    there = copy(
        declared,
        extra="<interface type='network'><source network='dmz'/></interface>"
        "<hostdev mode='subsystem' type='pci'/>",
    )
    seen = spread(hv1=None, hv2=there, hv3=None)
    seen = changed(
        seen,
        cpu_problems={(declared.address, HOST): "hv1's CPU lacks avx512f"},
        capabilities={**seen.answers.capabilities, HOST: replace(CAPABILITIES, memory_free_kib=1024)},
    )
    plan = make_plan(fleet(declared), seen, NOTHING)
    assert plan.actions == ()
    for part in ("no network 'dmz'", "device of its host", "avx512f", "1 MiB free"):
        assert part in only(plan)


def test_nothing_moves_to_a_host_in_maintenance_and_nothing_starts_there() -> None:
    declared = declare(power=ON)
    kept = make_plan(
        fleet(declared, hv1={"maintenance": True}),
        spread(hv1=None, hv2=copy(declared), hv3=None),
        NOTHING,
    )
    assert kept.actions == ()
    assert "in maintenance" in only(kept)
    new = make_plan(fleet(declared, hv1={"maintenance": True}), spread(hv1=None, hv2=None, hv3=None), NOTHING)
    assert verbs(new) == [("define", HOST)]


def test_a_guest_that_runs_twice_is_left_to_a_person() -> None:
    declared = declare(power=ON)
    plan = make_plan(fleet(declared), spread(hv1=copy(declared), hv2=copy(declared), hv3=None), NOTHING)
    assert plan.actions == ()
    assert "running on hv1 and running on hv2" in only(plan)


def test_what_a_finished_move_has_left_behind_goes() -> None:
    declared = declare(power=ON)
    plan = make_plan(fleet(declared), spread(hv1=copy(declared), hv2=copy(declared, OFF), hv3=None), NOTHING)
    assert verbs(plan) == [("undefine", "hv2")]


def test_a_record_of_the_right_host_does_not_hide_what_was_left_behind() -> None:
    declared = declare(power=ON)
    here = copy(declared)
    known = record(declared, here)
    seen = spread({known: (declared.document, here.document)}, hv1=here, hv2=copy(declared, OFF), hv3=None)
    assert verbs(make_plan(fleet(declared), seen, NOTHING)) == [("undefine", "hv2")]


def test_a_move_that_was_cut_short_is_made_again() -> None:
    declared = declare(power=ON)
    plan = make_plan(fleet(declared), spread(hv1=copy(declared, OFF), hv2=copy(declared), hv3=None), NOTHING)
    assert verbs(plan) == [("migrate", HOST)]


def test_of_two_that_do_not_run_the_last_known_counts_or_a_person_decides() -> None:
    declared = declare(power=OFF)
    stopped = copy(declared, OFF)
    known = record(declared, stopped, host="hv2")
    seen = spread({known: (declared.document, stopped.document)}, hv1=stopped, hv2=stopped, hv3=None)
    assert verbs(make_plan(fleet(declared), seen, NOTHING)) == [("migrate", HOST)]
    forgotten = make_plan(fleet(declared), spread(hv1=stopped, hv2=stopped, hv3=None), NOTHING)
    assert forgotten.actions == ()
    assert "nothing remembers" in only(forgotten)


def test_different_guests_of_one_name_are_never_mixed_up() -> None:
    declared = declare(power=ON)
    seen = spread(hv1=copy(declared, OFF, OTHER_UUID), hv2=copy(declared), hv3=None)
    plan = make_plan(fleet(declared), seen, NOTHING)
    assert plan.actions == ()
    assert "UUIDs differ" in only(plan)


def test_a_stranger_of_the_same_name_on_another_host_is_none_of_our_business() -> None:
    declared = declare(power=ON)
    stranger = observe(domain_xml(uuid=OTHER_UUID), power=ON)
    plan = make_plan(fleet(declared), spread(hv1=None, hv2=stranger, hv3=None), NOTHING)
    assert verbs(plan) == [("define", HOST), ("start", HOST)]


def test_a_guest_of_a_lost_host_starts_elsewhere_only_once_that_is_fenced() -> None:
    declared = declare(power=ON)
    known = record(declared, copy(declared), host="hv2")
    seen = spread({known: ("", "")}, hv1=None, hv3=None)
    held = make_plan(fleet(declared), seen, NOTHING)
    assert held.actions == ()
    assert "fenced: true" in only(held)
    freed = make_plan(fleet(declared, hv2={"fenced": True}), seen, NOTHING)
    assert verbs(freed) == [("define", HOST), ("start", HOST)]


@pytest.mark.parametrize("known", [True, False])
def test_a_guest_whose_disks_are_on_a_lost_host_never_begins_with_empty_ones(known: bool) -> None:
    """Neither is a volume made for it, which would be taken for the restored one by the next plan."""
    domain, volume = with_disk()
    domain = replace(domain, placement=Placement())
    records = {record(domain, copy(domain), host="hv2"): ("", "")} if known else {}
    seen = spread(records, hv1=None, hv3=None)  # type: ignore[arg-type]
    for fenced in (False, True):
        plan = make_plan(fleet(domain, volume, hv2={"fenced": fenced}), seen, NOTHING)
        assert plan.actions == ()
        told = {verdict.address.kind: verdict.problem for verdict in plan.verdicts}
        assert "p/web.qcow2" in told[Kind.VOLUME]
        assert ("storageLost: true in Host/hv2" in told[Kind.DOMAIN]) is fenced
    given_up = fleet(domain, volume, hv2={"fenced": True, "storage_lost": True})
    assert verbs(make_plan(given_up, seen, NOTHING))[-1] == ("start", HOST)


def test_a_guest_of_a_lost_host_starts_with_its_restored_disk() -> None:
    domain, volume = with_disk()
    seen = spread({record(domain, copy(domain), host="hv2"): ("", "")}, hv1=None, hv3=None)
    restored = {(Kind.VOLUME, "p/web.qcow2"): observe(VOLUME, Kind.VOLUME, "p/web.qcow2", power=None)}
    here = {**seen.inventories, HOST: Inventory(HOST, VERSION, restored)}
    plan = make_plan(fleet(domain, volume, hv2={"fenced": True}), changed(seen, inventories=here), NOTHING)
    assert verbs(plan) == [("define", HOST), ("start", HOST)]


def test_without_a_state_a_placed_guest_may_be_on_a_host_that_cannot_be_asked() -> None:
    declared = declare(power=ON, placement=Placement())
    plan = make_plan(fleet(declared), spread(hv1=None, hv3=None), NOTHING)
    assert plan.actions == ()
    assert "may be on hv2" in only(plan)


def test_a_domain_without_a_host_says_why() -> None:
    declared = declare(host="", placement=Placement())
    seen = changed(spread(hv1=None, hv2=None, hv3=None), unplaced={declared.address: "needs 8 GiB"})
    plan = make_plan(fleet(declared), seen, NOTHING)
    assert (plan.verdicts[0].status, only(plan)) == (Status.BLOCKED, "needs 8 GiB")


VOLUME = (
    "<volume><name>web.qcow2</name><capacity unit='bytes'>1073741824</capacity>"
    "<target><format type='qcow2'/></target></volume>"
)


def disk_world(declared: Declared, power: PowerState, *, left: bool = False) -> World:
    """The domain with its own disk is on hv2; `left` says that an older disk lies on hv1."""
    extra = (
        "<disk type='volume' device='disk'><source pool='p' volume='web.qcow2'/><target dev='vda'/></disk>"
        "<disk type='volume' device='cdrom'><source pool='p' volume='seed.iso'/><target dev='sda'/>"
        "<readonly/></disk>"
    )
    seen = spread(hv1=None, hv2=copy(declared, power, extra=extra), hv3=None)
    disk = observe(VOLUME.replace("1073741824", "2147483648"), Kind.VOLUME, "p/web.qcow2", power=None)
    seed = observe("<volume><name>seed.iso</name></volume>", Kind.VOLUME, "p/seed.iso", power=None)
    objects = {
        **seen.inventories["hv2"].objects,
        (Kind.VOLUME, "p/web.qcow2"): disk,
        (Kind.VOLUME, "p/seed.iso"): seed,
    }
    here = {(Kind.VOLUME, "p/seed.iso"): seed}
    if left:
        here[Kind.VOLUME, "p/web.qcow2"] = disk
    return changed(
        seen,
        inventories={
            **seen.inventories,
            "hv2": Inventory("hv2", VERSION, objects),
            HOST: Inventory(HOST, VERSION, here),
        },
    )


def with_disk(power: PowerState = ON) -> tuple[Declared, Declared]:
    address = Address(Kind.VOLUME, "web.qcow2", HOST, "p")
    volume = declare(VOLUME, Kind.VOLUME, "web.qcow2", native="p/web.qcow2")
    volume = replace(volume, address=address)
    domain = declare(
        domain_xml(
            extra="<disk type='volume' device='disk'><source pool='p' volume='web.qcow2'/>"
            "<target dev='vda'/></disk>"
        ),
        power=power,
        requires=(address,),
        migration=MigrationPolicy(storage="copy"),
    )
    return domain, volume


def test_storage_that_is_copied_gets_a_volume_as_large_as_it_has_grown_first() -> None:
    domain, volume = with_disk()
    plan = make_plan(fleet(domain, volume), disk_world(domain, ON), NOTHING)
    define, move = plan.actions[:2]
    assert (define.verb, define.address.kind) == ("define", Kind.VOLUME)
    assert "2147483648" in define.operation.document
    assert (move.verb, move.operation.arguments()["disks"]) == ("migrate", "vda")
    assert define.id in move.after


def test_a_stopped_guests_storage_is_copied_before_it_moves() -> None:
    domain, volume = with_disk(OFF)
    plan = make_plan(fleet(domain, volume), disk_world(domain, OFF), NOTHING)
    assert [(a.verb, a.address.kind) for a in plan.actions[:2]] == [
        ("fill", Kind.VOLUME),
        ("migrate", Kind.DOMAIN),
    ]
    assert plan.actions[0].operation.arguments()["origin"] == "hv2"


def test_a_strangers_volume_at_the_destination_is_not_overwritten() -> None:
    domain, volume = with_disk()
    plan = make_plan(fleet(domain, volume), disk_world(domain, ON, left=True), NOTHING)
    assert verbs(plan) == []
    volume_told, domain_told = (verdict.problem for verdict in plan.verdicts)
    assert "not ours" in domain_told
    assert "stays on hv2" in volume_told


def test_destroy_finds_a_guest_where_it_is() -> None:
    declared = declare(power=ON)
    plan = make_plan(fleet(declared), spread(hv1=None, hv2=copy(declared), hv3=None), Options(destroy=True))
    assert verbs(plan) == [("stop", "hv2"), ("undefine", "hv2")]
