"""Connections that are cut in every change, before and after it took effect, jobs that fail, and a console
that lies: nothing is doubled, nothing lost, and what is asked again comes out as if nothing had been."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from itertools import product

import pytest

from drivers.base.errors import DriverError, NotFound, Refused, Unreachable
from drivers.hmc.elements import every, text
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.drivers.hmc.conftest import DISK, DRIVE, NETWORK, NIC, PHYSICAL, VOLUME, Power

FORCE = StopPolicy(methods=(), deadline=5, force=True)
FULL = NIC + DISK + DRIVE


def _make(power: Power) -> None:
    power.define(FULL)


def _change(power: Power) -> None:
    power.define(NIC.replace("00:01", "00:02") + DISK + PHYSICAL, memory=2048)


def _remove(power: Power) -> None:
    if power.host.observe.one(Kind.DOMAIN, "web"):
        power.host.lifecycle.undefine(Kind.DOMAIN, "web")


def _network(power: Power) -> None:
    seen = power.host.observe.one(Kind.NETWORK, "lan")
    uuid = f"<uuid>{seen.uuid}</uuid>" if seen else ""
    power.host.lifecycle.define(Kind.NETWORK, "lan", NETWORK.replace("<forward", f"{uuid}<forward"))


def _no_network(power: Power) -> None:
    if power.host.observe.one(Kind.NETWORK, "lan"):
        power.host.lifecycle.undefine(Kind.NETWORK, "lan")


def _volume(power: Power) -> None:
    if not power.host.observe.one(Kind.VOLUME, "vios1.datavg/root"):
        power.host.lifecycle.define(Kind.VOLUME, "vios1.datavg/root", VOLUME)


def _no_volume(power: Power) -> None:
    if power.host.observe.one(Kind.VOLUME, "vios1.datavg/root"):
        power.host.lifecycle.undefine(Kind.VOLUME, "vios1.datavg/root")


Step = Callable[[Power], object]
OPERATIONS: dict[str, tuple[list[Step], Step]] = {
    "define": ([Power.shared], _make),
    "change": ([Power.shared, _make], _change),
    "undefine": ([Power.shared, _make], _remove),
    "start": ([_make_bare := lambda p: p.define()], lambda p: p.host.lifecycle.start(Kind.DOMAIN, "web")),
    "stop": (
        [_make_bare, lambda p: p.host.lifecycle.start(Kind.DOMAIN, "web")],
        lambda p: p.host.lifecycle.stop(Kind.DOMAIN, "web", FORCE),
    ),
    "autostart": ([_make_bare], lambda p: p.host.lifecycle.set_autostart(Kind.DOMAIN, "web", True)),
    "network": ([], _network),
    "undefine network": ([_network], _no_network),
    "volume": ([], _volume),
    "grow": ([_volume], lambda p: p.host.storage.resize("vios1.datavg/root", 128 << 20)),
    "undefine volume": ([_volume], _no_volume),
}
"""What comes before, and what is cut; each may be asked again."""


def _state(power: Power) -> dict[tuple[Kind, str], tuple[str, object, object]]:
    """All that there is, but for UUIDs and slots, which differ from console to console."""
    seen = power.host.observe.inventory()
    assert not seen.failures
    return {key: (_bare(each.document), each.power, each.autostart) for key, each in seen.objects.items()}


def _bare(document: str) -> str:
    lines = document.splitlines()
    return "\n".join(line for line in lines if "<uuid>" not in line and "<key>" not in line)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_change_that_is_cut_is_done_once_when_asked_again(power: Power, name: str) -> None:
    before, operation = OPERATIONS[name]
    for step in before:
        step(power)
    console = power.console
    found, count = deepcopy(console.resources), len(console.requests)
    operation(power)
    changes = [each for each in console.requests[count:] if not each.startswith("GET")]
    wanted = _state(power)
    for at, how in product(range(1, len(changes) + 1), ("cut-before", "cut-after")):
        console.resources, console.cut = deepcopy(found), (at, how)
        for _ in range(2):
            try:
                operation(power)
            except Unreachable:
                continue
            break
        assert _state(power) == wanted, (changes[at - 1], how)
        kinds = [each.kind for each in console.resources.all.values()]
        assert kinds.count("LogicalPartition") <= 1
        assert kinds.count("VirtualNetwork") <= 1
        _check_sound(power)


def _check_sound(power: Power) -> None:
    """No adapter and no mapping without its partition, and none twice."""
    resources = power.console.resources
    for adapter in resources.of("ClientNetworkAdapter"):
        assert adapter.parent in resources.all
    numbers = {text(each.element, "PartitionID") for each in resources.of("LogicalPartition")}
    for server in resources.of("VirtualIOServer"):
        mappings = every(server.element, "VirtualSCSIMappings/VirtualSCSIMapping")
        targets = [
            text(each, "TargetDevice/LogicalVolumeVirtualTargetDevice/TargetName") for each in mappings
        ]
        assert len([each for each in targets if each]) == len({each for each in targets if each})
        assert {text(each, "ClientAdapter/LocalPartitionID") for each in mappings} <= numbers


def test_half_of_a_partition_is_taken_back(power: Power) -> None:
    """What the console refuses late leaves nothing behind, and every disk where it was."""
    power.shared()
    for request in ("PUT .*ClientNetworkAdapter", "POST .*VirtualIOServer"):
        power.console.fault(request, "400")
        with pytest.raises(Refused, match="HSCL9999"):
            power.define(FULL)
        assert power.host.observe.one(Kind.DOMAIN, "web") is None
        _check_sound(power)
    power.define(FULL)
    assert power.see(Kind.VOLUME, "vios1.datavg/root")


def test_nothing_is_begun_that_cannot_be_ended(power: Power) -> None:
    """What is not there is said before anything is made."""
    count = len(power.console.requests)
    for devices, said in (
        (NIC, "no virtual network 'lan'"),
        (DISK, "no volume 'vios1.datavg/root'"),
        (PHYSICAL.replace("'disk'", "'cdrom'"), "cannot be a cdrom"),
        ("<sound model='ich9'/>", "sound"),
        (NIC.replace("</interface>", "<model type='virtio'/></interface>"), "model"),
    ):
        with pytest.raises(Refused, match=said):
            power.define(devices)
    assert all(each.startswith("GET") for each in power.console.requests[count:])


def test_a_disk_of_another_partition_is_nobody_elses(power: Power) -> None:
    power.shared()
    power.define(DISK + PHYSICAL)
    document = power.see().document
    sizes = "<memory unit='MiB'>512</memory><vcpu>1</vcpu>"
    other = f"<domain><name>db</name>{sizes}<devices>{DISK}</devices></domain>"
    with pytest.raises(Refused, match="is a disk of partition"):
        power.host.lifecycle.define(Kind.DOMAIN, "db", other)
    with pytest.raises(Refused, match="is a disk of partition"):
        power.host.lifecycle.undefine(Kind.VOLUME, "vios1.datavg/root")
    assert power.see().document == document


def test_jobs_that_fail_say_why(power: Power) -> None:
    power.define()
    power.console.jobs.problems["PowerOn"] = "HSCL03F4 There are not enough processing resources"
    with pytest.raises(Refused, match="HSCL03F4"):
        power.host.lifecycle.start(Kind.DOMAIN, "web")
    assert power.see().power is PowerState.STOPPED
    power.console.jobs.problems.clear()
    power.host.lifecycle.start(Kind.DOMAIN, "web")
    power.console.jobs.problems["PowerOff"] = "HSCL05DF The partition is not in a state"
    with pytest.raises(DriverError, match="HSCL05DF"):
        power.host.lifecycle.stop(Kind.DOMAIN, "web", FORCE)
    assert power.see().power is PowerState.RUNNING
    assert power.console.jobs.all == {}, "jobs that ended are cleaned up"


def test_a_guest_that_does_not_react_is_forced_only_if_that_is_allowed(power: Power) -> None:
    power.define()
    power.host.lifecycle.start(Kind.DOMAIN, "web")
    power.console.jobs.stuck = {"osshutdown"}
    gentle = StopPolicy(methods=("agent", "bell"), deadline=0.2)
    with pytest.raises(Refused, match="did not shut down within"):
        power.host.lifecycle.stop(Kind.DOMAIN, "web", gentle)
    assert power.see().power is PowerState.RUNNING
    power.host.lifecycle.stop(Kind.DOMAIN, "web", StopPolicy(methods=("agent", "acpi"), deadline=1.5))
    assert power.see().power is PowerState.STOPPED
    assert [given["operation"] for name, given in power.console.jobs.asked if name == "PowerOff"] == [
        "osshutdown", "osshutdown", "shutdown",
    ]  # fmt: skip


def test_what_a_lying_console_did_not_do_is_done_next(power: Power) -> None:
    power.shared()
    power.define(FULL)
    power.console.fault("POST .*/LogicalPartition/", "lie")
    power.define(FULL, memory=2048)
    assert "1048576" in power.see().document
    power.define(FULL, memory=2048)
    assert "2097152" in power.see().document
    power.console.fault("DELETE .*/LogicalPartition/", "lie")
    power.host.lifecycle.undefine(Kind.DOMAIN, "web")
    power.host.lifecycle.undefine(Kind.DOMAIN, "web")
    with pytest.raises(NotFound):
        power.host.lifecycle.undefine(Kind.DOMAIN, "web")
    assert power.see(Kind.VOLUME, "vios1.datavg/root")


def test_a_guest_without_rmc_is_not_changed_while_it_runs(power: Power) -> None:
    power.shared()
    power.define(DISK)
    power.host.lifecycle.start(Kind.DOMAIN, "web")
    partition = power.console.resources.partition("web")
    assert partition is not None
    count = len(power.console.requests)
    for devices, memory, said in ((DISK, 2048, "maximum of its memory"), (DISK + NIC, 1024, "RMC")):
        if "RMC" in said:
            state = partition.element.find("{*}ResourceMonitoringControlState")
            assert state is not None
            state.text = "inactive"
        with pytest.raises(Refused, match=said):
            power.define(devices, memory=memory)
    assert all(each.startswith("GET") for each in power.console.requests[count:])
    power.define(DISK + DRIVE)  # the Virtual I/O Server's matter alone
    assert "cdrom" in power.see().document
