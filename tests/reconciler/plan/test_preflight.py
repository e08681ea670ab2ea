"""What a host would refuse is foreseen: nothing is begun that cannot end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.base import Observation
from reconciler.plan import Plan, World, make_plan
from reconciler.plan.model import Status
from reconciler.plan.preflight import machine_type
from specs.desired import Declared, PowerState
from specs.guests import MigrationPolicy
from specs.identity import Kind
from tests.reconciler.plan.facts import (
    CAPABILITIES,
    HOST,
    changed,
    declare,
    desire,
    domain_xml,
    observe,
    world,
)
from tests.reconciler.plan.test_move import NOTHING, copy, fleet, spread

VIDEO = "<video><model type='{}'/></video>"
BRIDGED = "<interface type='bridge'><source bridge='br0'/></interface>"
FILE = "<disk type='file' device='disk'><source file='/srv/web.img'/><target dev='vda' bus='virtio'/></disk>"


def told(seen: World, declared: Declared, **known: object) -> World:
    """The world in which hosts tell more of themselves."""
    offer = {"devices/video/model/@type": frozenset({"vga", "virtio"})}
    names = seen.inventories
    return changed(
        seen,
        capabilities=dict.fromkeys(names, replace(CAPABILITIES, **known)),  # type: ignore[arg-type]
        offers={(host, machine_type(declared.document)): offer for host in names},
    )


def planned(extra: str = "", *, machine: str = "pc", **known: object) -> Plan:
    document = domain_xml(extra=extra).replace("pc-i440fx-7.2", machine)
    declared = declare(document, power=PowerState.RUNNING)
    return make_plan(desire(declared), told(world(), declared, **known), NOTHING)


def problem(plan: Plan) -> str:
    assert plan.verdicts[0].status is Status.BLOCKED
    assert plan.actions == ()
    return plan.verdicts[0].problem


def test_a_machine_type_that_the_host_does_not_have() -> None:
    types = frozenset({"x86_64/pc", "x86_64/q35", "aarch64/virt"})
    assert problem(planned(machine="pd", machine_types=types)).startswith(
        "hv1 has no machine type 'pd' for x86_64"
    )
    assert planned(machine="q35", machine_types=types).actions
    assert planned(machine="pd").actions, "a host that does not tell decides nothing"


def test_a_model_that_the_host_does_not_have() -> None:
    assert problem(planned(VIDEO.format("qxl"))) == "hv1 has no video model type 'qxl' (it has vga, virtio)"
    assert planned(VIDEO.format("virtio")).actions
    assert planned(VIDEO.format("default")).actions


def test_a_guest_is_not_edited_to_what_its_host_does_not_have() -> None:
    declared = declare(domain_xml(extra=VIDEO.format("qxl")))
    seen = observe(domain_xml(extra=VIDEO.format("vga"), uuid=declared.uuid))
    assert "'qxl'" in problem(make_plan(desire(declared), told(world(seen), declared), NOTHING))


def test_what_a_guest_has_already_is_not_asked_for() -> None:
    declared = declare(domain_xml(memory=2097152, extra=VIDEO.format("qxl")))
    seen = observe(domain_xml(extra=VIDEO.format("qxl"), uuid=declared.uuid))
    assert make_plan(desire(declared), told(world(seen), declared), NOTHING).actions


def test_a_bridge_that_is_not_there_yet_is_told() -> None:
    (verdict,) = planned(BRIDGED, interfaces=frozenset({"lo", "eth0"})).verdicts
    assert verdict.notes == ("hv1 has no bridge 'br0' now; without it, it cannot start",)
    assert planned(BRIDGED, interfaces=frozenset({"lo", "br0"})).verdicts[0].notes == ()
    assert planned(BRIDGED).verdicts[0].notes == ()


def network(bridge: str, power: PowerState) -> Observation:
    document = f"<network><name>lan</name><bridge name='{bridge}'/></network>"
    return Observation(Kind.NETWORK, "lan", document, power=power)


@pytest.mark.parametrize(
    ("bridge", "power"),
    [("br0", PowerState.INACTIVE), ("virbr9", PowerState.ACTIVE)],
    ids=["a network brings it", "the host shows another namespace's interfaces"],
)
def test_a_bridge_of_which_nobody_can_tell(bridge: str, power: PowerState) -> None:
    declared = declare(domain_xml(extra=BRIDGED), power=PowerState.RUNNING)
    seen = told(world(network(bridge, power)), declared, interfaces=frozenset({"lo"}))
    assert make_plan(desire(declared), seen, NOTHING).verdicts[0].notes == ()


def moved(extra: str, power: PowerState, storage: str = "", **known: object) -> Plan:
    declared = declare(
        domain_xml(extra=extra), power=PowerState.RUNNING, migration=MigrationPolicy(storage=storage)
    )
    there = copy(declared, power, extra=extra)
    seen = spread(hv1=None, hv2=there, hv3=None)
    offers = {
        (HOST, machine_type(there.live or there.document)): {"devices/video/model/@type": frozenset({"vga"})}
    }
    capabilities = {**seen.answers.capabilities, HOST: replace(CAPABILITIES, **known)}  # type: ignore[arg-type]
    return make_plan(fleet(declared), changed(seen, offers=offers, capabilities=capabilities), NOTHING)


@pytest.mark.parametrize("power", [PowerState.RUNNING, PowerState.STOPPED])
def test_a_guest_does_not_move_where_its_hardware_is_unknown(power: PowerState) -> None:
    said = problem(moved(VIDEO.format("qxl"), power, machine_types=frozenset({"x86_64/q35"})))
    assert "hv1 has no machine type 'pc-i440fx-7.2'" in said
    assert "hv1 has no video model type 'qxl'" in said


def test_a_running_guest_does_not_move_where_its_bridge_is_missing() -> None:
    assert "hv1 has no bridge 'br0'" in problem(
        moved(BRIDGED, PowerState.RUNNING, interfaces=frozenset({"lo"}))
    )


def test_a_stopped_guest_does_not_leave_its_plain_file_behind() -> None:
    assert "/srv/web.img) is in no pool" in problem(moved(FILE, PowerState.STOPPED))
    assert moved(FILE, PowerState.STOPPED, "shared").actions


def test_a_running_guests_file_is_copied_into_a_pool_or_seen_by_libvirt() -> None:
    assert "no pool of hv1 has the folder" in problem(moved(FILE, PowerState.RUNNING, "copy"))
    assert moved(FILE, PowerState.RUNNING).actions
