"""Volumes with content, seeds, and the guard before data: what is planned, and what never is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Observation
from reconciler.compare.model import Effect
from reconciler.plan import Options, Plan, World, make_plan
from reconciler.plan.converged import unconverged
from reconciler.plan.guard import destructive, without_data_loss
from reconciler.plan.model import Status
from specs.content import MARKER, OnSeedChange, OnSourceChange, Seed, Source
from specs.desired import Declared, OnDelete, Policy, PowerState, RestartPolicy
from specs.identity import Address, Kind
from state.fills import NotedFill
from state.records import Record
from tests.reconciler.plan.facts import HOST, declare, desire, domain_xml, marked, observe, record, world

NOTHING = Options()
UUID = "11111111-1111-4111-8111-111111111111"
NEW, OLD = "web-seed-bbbbbbbbbbbbbbbb.iso", "web-seed-aaaaaaaaaaaaaaaa.iso"
IMAGE = Source(url="https://images.example/debian.qcow2?token=s3cret", identity="sha256:new")
REPLACE = Policy(on_source_change=OnSourceChange.REPLACE)


def volume_xml(name: str = "base.img", capacity: int | None = None, backing: str = "") -> str:
    size = f"<capacity unit='bytes'>{capacity}</capacity>" if capacity else ""
    under = f"<backingStore><path>{backing}</path></backingStore>" if backing else ""
    return (
        f"<volume><name>{name}</name>{size}<target><path>/p/{name}</path><format type='raw'/></target>"
        f"{under}</volume>"
    )


def volume(name: str = "base.img", **values: Any) -> Declared:
    document = f"<volume><name>{name}</name><target><format type='raw'/></target></volume>"
    plain = declare(document, Kind.VOLUME, name, native=f"p/{name}", **{"source": IMAGE, **values})
    return replace(plain, address=Address(Kind.VOLUME, name, HOST, "p"))


def seen(name: str = "base.img", **values: Any) -> Observation:
    return observe(volume_xml(name, 1 << 30, **values), Kind.VOLUME, f"p/{name}", power=None, autostart=None)


def known(declared: Declared, observation: Observation, content: str) -> dict[Record, tuple[str, str]]:
    made = record(declared, observation, content=content)
    return {made: (declared.document, observation.document)}


def look(*observations: Observation, contents: dict[Address, str] | None = None, **values: Any) -> World:
    return world(*observations, contents=contents or {}, **values)


def verbs(plan: Plan) -> list[str]:
    return [action.verb for action in plan.actions if not action.deferred]


def test_a_new_volume_is_filled_in_one_action_that_shows_no_token() -> None:
    plan = make_plan(desire(volume()), look(), NOTHING)
    (fill,) = plan.actions
    assert (fill.verb, fill.effect) == ("fill", Effect.NONE)
    assert fill.operation.arguments()["from"] == "https://images.example/debian.qcow2"
    assert "s3cret" not in str(plan)


def test_a_filled_volume_is_converged_whatever_its_size() -> None:
    base, there = volume(), seen()
    at = look(there, records=known(base, there, "sha256:new"), contents={base.address: "sha256:new"})
    assert unconverged(desire(base), at) == frozenset()
    assert make_plan(desire(base), at, NOTHING).actions == ()


NONCE = "0123456789abcdef"


@pytest.mark.parametrize("state", ["kept", "lost", "recorded before"])
def test_a_half_filled_volume_is_filled_anew_with_or_without_a_record(state: str) -> None:
    base, there = volume(), seen()
    marker = seen(f"base.img.{NONCE}{MARKER}")
    fills = {} if state == "lost" else {base.address: NotedFill(base.address, NONCE, 1)}
    records = known(base, there, "sha256:old") if state == "recorded before" else {}
    plan = make_plan(desire(base), look(there, marker, records=records, fills=fills), NOTHING)
    assert verbs(plan) == ["fill"]
    assert destructive(plan) == ()


def test_an_unrecorded_volume_is_adopted_and_never_replaced() -> None:
    base = volume(policy=REPLACE)
    plan = make_plan(desire(base), look(seen(), contents={base.address: "sha256:new"}), NOTHING)
    assert plan.actions == ()
    assert plan.refreshes[0].content == "sha256:new"


def test_a_changed_source_is_told_and_ignored() -> None:
    base, there = volume(), seen()
    at = look(there, records=known(base, there, "sha256:old"), contents={base.address: "sha256:new"})
    plan = make_plan(desire(base), at, NOTHING)
    assert plan.actions == ()
    assert "onSourceChange: ignore" in plan.verdicts[0].notes[0]
    assert plan.refreshes[0].content == "sha256:old"


def changed(*others: Observation, domain: Declared | None = None, **values: Any) -> Plan:
    base, there = volume(policy=REPLACE), seen()
    at = look(
        there,
        *others,
        records=known(base, there, "sha256:old"),
        contents={base.address: "sha256:new"},
    )
    return make_plan(desire(base, *([domain] if domain else ())), at, NOTHING)


def test_a_changed_source_replaces_where_the_policy_says_so() -> None:
    plan = changed()
    assert [(a.verb, a.effect) for a in plan.actions] == [("fill", Effect.DESTROYS_DATA)]
    assert plan.actions[0].operation.arguments()["replace"] == "true"


def test_the_backing_of_other_volumes_is_never_replaced() -> None:
    plan = changed(seen("web.img", backing="/p/base.img"))
    assert plan.actions == ()
    assert "the backing of p/web.img" in plan.verdicts[0].problem


DISK = "<disk type='volume' device='disk'><source pool='p' volume='base.img'/><target dev='vda'/></disk>"


def user(restart: RestartPolicy) -> tuple[Declared, Observation]:
    address = Address(Kind.VOLUME, "base.img", HOST, "p")
    declared = declare(
        domain_xml(extra=DISK),
        power=PowerState.RUNNING,
        policy=Policy(restart=restart),
        requires=(address,),
    )
    document = marked(domain_xml(extra=DISK, uuid=UUID), declared)
    return declared, observe(document, power=PowerState.RUNNING, live=document)


def test_a_running_guests_disk_is_replaced_only_if_the_guest_may_restart() -> None:
    declared, running = user(RestartPolicy.NEVER)
    plan = changed(running, domain=declared)
    assert plan.actions == ()
    assert "Domain/web uses it" in plan.verdicts[0].problem
    declared, running = user(RestartPolicy.IF_NEEDED)
    plan = changed(running, domain=declared)
    assert verbs(plan) == ["stop", "fill", "start"]
    stop, fill, start = plan.actions
    assert stop.id in fill.after
    assert fill.id in start.after


def test_what_destroys_data_is_held_back_with_all_that_belongs_to_it() -> None:
    declared, running = user(RestartPolicy.IF_NEEDED)
    plan = without_data_loss(changed(running, domain=declared), "destroys data")
    assert verbs(plan) == []
    assert len(plan.actions) == 3
    assert destructive(plan) == ()


def test_what_is_held_back_leaves_no_record() -> None:
    """Else the next plan would take what was not made for the hypervisor's own form of it."""
    declared, running = user(RestartPolicy.IF_NEEDED)
    declared = replace(declared, document=declared.document.replace("1048576", "2097152"))
    plan = changed(running, domain=declared)
    assert {refresh.address.kind for refresh in plan.refreshes} == {Kind.VOLUME, Kind.DOMAIN}
    assert without_data_loss(plan, "destroys data").refreshes == ()


def seed_xml(seed: str) -> str:
    return (
        f"<disk type='volume' device='cdrom'><source pool='p' volume='{seed}'/><target dev='sda'/>"
        "<readonly/></disk>"
    )


def seeded(policy: OnSeedChange, **values: Any) -> tuple[Declared, Declared]:
    seed = volume(
        NEW,
        source=Source(files=(("user-data", "x"),), label="cidata", identity="seed:b"),
        policy=Policy(generated=True, on_delete=OnDelete.DELETE),
    )
    domain = declare(
        domain_xml(extra=seed_xml(NEW)),
        power=PowerState.RUNNING,
        requires=(seed.address,),
        seed=Seed("p", NEW, policy),
        **values,
    )
    return domain, seed


def guest(declared: Declared, extra: str = seed_xml(OLD)) -> Observation:
    document = marked(domain_xml(extra=extra, uuid=UUID), declared)
    return observe(document, power=PowerState.RUNNING, live=document)


def reseeded(policy: OnSeedChange, *others: Declared, extra: str = "", **values: Any) -> Plan:
    domain, seed = seeded(policy, **values)
    old = replace(seed, address=replace(seed.address, name=OLD), native=f"p/{OLD}")
    running = guest(domain, seed_xml(OLD) + extra)
    records = known(old, seen(OLD), "seed:a")
    disks = [seen(other.address.name) for other in others]
    return make_plan(
        desire(domain, seed, *others), look(running, seen(OLD), *disks, records=records), NOTHING
    )


def test_a_first_seed_is_made_before_its_guest() -> None:
    domain, seed = seeded(OnSeedChange.IGNORE)
    plan = make_plan(desire(domain, seed), look(), NOTHING)
    assert verbs(plan) == ["fill", "define", "start"]
    assert plan.actions[0].id in plan.actions[1].after


def test_a_changed_seed_is_ignored_and_told() -> None:
    plan = reseeded(OnSeedChange.IGNORE)
    assert verbs(plan) == []
    notes = [note for verdict in plan.verdicts for note in verdict.notes]
    assert any("onSeedChange: ignore" in note for note in notes)
    assert all(verdict.status is Status.CONVERGED for verdict in plan.verdicts)


def test_an_ignored_seed_that_is_gone_is_made_anew() -> None:
    domain, seed = seeded(OnSeedChange.IGNORE)
    plan = make_plan(desire(domain, seed), look(guest(domain)), NOTHING)
    assert verbs(plan)[:2] == ["fill", "define"]


def test_reseeding_changes_the_medium_and_removes_the_old_seed_last() -> None:
    plan = reseeded(OnSeedChange.RESEED)
    assert verbs(plan) == ["fill", "define", "update", "undefine"]
    undefine = plan.actions[-1]
    assert undefine.native == f"p/{OLD}"
    assert {plan.actions[1].id, plan.actions[2].id} <= set(undefine.after)
    assert destructive(plan) == ()
    assert undefine.address in plan.forget


def test_rebuilding_stops_the_guest_replaces_its_disks_and_starts_it() -> None:
    disk = volume("base.img", policy=REPLACE)
    domain_disk = DISK
    domain, _ = seeded(OnSeedChange.REBUILD)
    plan = reseeded(
        OnSeedChange.REBUILD,
        disk,
        extra=domain_disk,
    )
    # The disk is not among what the domain requires: nothing of it is touched.
    assert "fill" in verbs(plan)
    assert destructive(plan) == ()
    seed_address = Address(Kind.VOLUME, NEW, HOST, "p")
    domain, seed = seeded(OnSeedChange.REBUILD)
    domain = replace(
        domain,
        requires=(seed_address, disk.address),
        document=domain_xml(extra=seed_xml(NEW) + DISK),
    )
    at = look(guest(domain, seed_xml(OLD) + DISK), seen(OLD), seen("base.img"))
    plan = make_plan(desire(domain, seed, disk), at, NOTHING)
    order = verbs(plan)
    assert order.index("stop") < order.index("define") < order.index("start")
    (lost,) = destructive(plan)
    assert lost.address == disk.address
    stop = next(action for action in plan.actions if action.verb == "stop")
    start = next(action for action in plan.actions if action.verb == "start")
    assert stop.id in lost.after
    assert lost.id in start.after


@pytest.mark.parametrize("policy", list(OnSeedChange))
def test_an_unchanged_seed_changes_nothing(policy: OnSeedChange) -> None:
    domain, seed = seeded(policy)
    running = guest(domain, seed_xml(NEW))
    plan = make_plan(desire(domain, seed), look(running, seen(NEW)), NOTHING)
    assert verbs(plan) == []
