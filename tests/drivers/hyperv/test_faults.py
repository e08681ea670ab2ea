"""A connection that breaks before or after each change, a session that is lost, a machine that is half made,
a host that lies: nothing is doubled, nothing is lost, and the next apply converges."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable

import pytest

from drivers.base import Move
from drivers.base.errors import DriverError, Refused, Unreachable
from drivers.base.needed import lifecycle, move, storage
from drivers.hyperv.told import seen_in
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.drivers.hyperv.test_edits import BASE, FORCE
from tests.reconciler.cli.lab import Lab
from tests.support.hyperv.kit import failure
from tests.support.hyperv.model import HyperVModel, ModelDisk
from tests.support.hyperv.running import BODIES
from tests.support.hyperv.shell import open_model

TREE = r"""
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: disks}
spec: {target: 'D:\Disks'}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: own}
spec: {}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: web.vhdx}
spec: {pool: disks, capacity: 8MiB}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec:
  memory: 64MiB
  firmware: uefi
  autostart: true
  disks: [{volume: {pool: disks, name: web.vhdx}}]
  interfaces: [{network: own}]
"""


@pytest.mark.parametrize("when", ["before", "after", "unsent"])
def test_a_connection_that_breaks_at_every_change(hyperv: Lab, model: HyperVModel, when: str) -> None:
    """At the first change of the first apply, the second of the next, and so on, until one goes through."""
    hyperv.write("all.yaml", TREE)
    for number in range(1, 12):
        model.cuts[:] = [("act", "")] * (number - 1) + [("act", when)]
        said = hyperv("apply", "TREE", "--yes")
        if model.cuts:
            break
    model.cuts.clear()
    assert hyperv("apply", "TREE", "--yes").code == 0, said.out + said.err
    hyperv.assert_converged()
    (machine,) = model.machines
    assert (machine.state, machine.start_action, len(machine.nics)) == ("Running", "Start", 1)
    assert [drive.path for drive in machine.drives] == ["D:\\Disks\\web.vhdx"]
    assert list(model.pools) == ["disks"]
    assert [switch.name for switch in model.switches] == ["lan", "wan", "own"]


def test_what_is_half_made_goes_again_and_keeps_its_disk(
    model: HyperVModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = open_model(model)

    def refuse(_model: object, _given: object) -> list[object]:
        raise failure("Add-VMHardDiskDrive", "OperationFailed", "The disk cannot be attached.")

    with monkeypatch.context() as patch:
        patch.setitem(BODIES, "Add-VMHardDiskDrive", refuse)
        with pytest.raises(Refused, match="cannot be attached"):
            lifecycle(host).define(Kind.DOMAIN, "web", BASE["efi"])
    assert model.machines == []
    assert "E:\\Loose\\disk0.vhdx" in model.disks
    lifecycle(host).define(Kind.DOMAIN, "web", BASE["efi"])
    assert len(model.machines) == 1


def test_every_single_change_is_done_once_or_not_at_all(model: HyperVModel) -> None:
    """Cut off after it took effect, the same call is no error; cut off before, it can be made."""
    host = open_model(model)
    calls = lifecycle(host)
    calls.define(Kind.DOMAIN, "web", BASE["efi"])
    changes: dict[str, Callable[[], None]] = {
        "start": lambda: calls.start(Kind.DOMAIN, "web"),
        "suspend": lambda: calls.suspend("web"),
        "resume": lambda: calls.resume("web"),
        "stop": lambda: calls.stop(Kind.DOMAIN, "web", FORCE),
        "autostart": lambda: calls.set_autostart(Kind.DOMAIN, "web", True),
        "rename": lambda: calls.rename("web", "renamed", uuid=model.machines[0].id),
    }
    for name, change in changes.items():
        before = copy.deepcopy(model.machines)
        model.cuts.append(("act", "before"))
        with pytest.raises(Unreachable):
            change()
        assert model.machines == before, name
        model.cuts.append(("act", "after"))
        with pytest.raises(Unreachable):
            change()
        after = copy.deepcopy(model.machines)
        assert after != before, name
        change()
        assert model.machines == after, name


def test_a_session_that_is_gone_is_opened_again(model: HyperVModel) -> None:
    host = open_model(model)
    model.cuts += [("look", "before"), ("act", "unsent")]
    lifecycle(host).define(Kind.DOMAIN, "web", BASE["efi"])
    assert [machine.name for machine in model.machines] == ["web"]


def test_a_move_whose_reply_got_lost_is_told_as_what_it_was(model: HyperVModel) -> None:
    there = HyperVModel("HV2")
    there.switches = copy.deepcopy(model.switches)
    model.neighbours["localhost"] = there
    source, destination = open_model(model), open_model(there)
    lifecycle(source).define(Kind.DOMAIN, "web", BASE["efi"])
    model.cuts.append(("act", "before"))
    with pytest.raises(Refused, match="did not move"):
        move(source).move("web", destination, Move(live=False), lambda _: None, threading.Event())
    model.cuts.append(("act", "after"))
    move(source).move("web", destination, Move(live=False), lambda _: None, threading.Event())
    assert (len(model.machines), len(there.machines)) == (0, 1)


def test_one_that_cannot_be_read_is_no_absent_one(hyperv: Lab, model: HyperVModel) -> None:
    hyperv.write("all.yaml", TREE)
    hyperv.applied()
    model.broken.add("web")
    said = hyperv("plan", "TREE")
    assert "1 blocked" in said.out, said.out
    host = open_model(model)
    with pytest.raises(Refused):
        lifecycle(host).define(Kind.DOMAIN, "web", BASE["efi"])
    with pytest.raises(Refused, match="cannot be read"):
        lifecycle(host).undefine(Kind.VOLUME, "disks/web.vhdx")
    twin = copy.deepcopy(model.machines[0])
    twin.id, twin.name = "11111111-2222-4333-8444-555555555555", "twin"
    model.machines += [twin, copy.deepcopy(twin)]
    model.machines.append(copy.deepcopy(twin))
    model.machines[-1].name, model.machines[-1].id = "odd", "22222222-2222-4333-8444-555555555555"
    model.machines[-1].drives[0].type = "PMEM"
    inventory = host.observe.inventory()
    failures = inventory.failures
    assert "of type PMEM" in failures[Kind.DOMAIN, "odd"]
    assert not any(kind is Kind.DOMAIN for kind, _ in inventory.objects)
    assert "2 machines of that name" in failures[Kind.DOMAIN, "twin"]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        None,
        {"machines": [{}]},
        {"machines": [], "failures": [], "switches": [{"id": 1}], "pools": []},
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(answer: object) -> None:
    with pytest.raises(Refused, match="makes no sense"):
        seen_in(answer)


def test_a_guest_that_does_not_listen_is_forced_only_where_that_is_allowed(model: HyperVModel) -> None:
    host = open_model(model)
    calls = lifecycle(host)
    calls.define(Kind.DOMAIN, "web", BASE["efi"])
    calls.start(Kind.DOMAIN, "web")
    model.machines[0].listens = False
    with pytest.raises(Refused, match="did not shut down within 3 s"):
        calls.stop(Kind.DOMAIN, "web", StopPolicy(methods=("agent",), deadline=3))
    assert model.machines[0].state == "Running"
    calls.stop(Kind.DOMAIN, "web", StopPolicy(methods=("agent",), deadline=3, force=True))
    assert model.machines[0].state == "Off"


def test_disks_are_kept_as_long_as_anything_lies_upon_them(model: HyperVModel) -> None:
    host = open_model(model)
    calls = lifecycle(host)
    pool = "<pool type='dir'><name>loose</name><target><path>E:\\Loose</path></target></pool>"
    calls.define(Kind.STORAGE_POOL, "loose", pool)
    calls.define(Kind.DOMAIN, "web", BASE["efi"])
    size = "<capacity>1073741824</capacity>"
    upon = f"<volume><name>upon.vhdx</name>{size}<backingStore><path>E:\\Loose\\disk1.vhdx</path>"
    calls.define(Kind.VOLUME, "loose/upon.vhdx", f"{upon}</backingStore></volume>")
    for name, user in (("disk0.vhdx", "web"), ("disk1.vhdx", "upon.vhdx")):
        with pytest.raises(Refused, match=user):
            calls.undefine(Kind.VOLUME, f"loose/{name}")
    model.disks["E:\\Loose\\disk0_1.avhdx"] = ModelDisk(1 << 30, "Differencing", "E:\\Loose\\disk0.vhdx")
    model.machines[0].drives[0].path = "E:\\Loose\\disk0_1.avhdx"
    seen = host.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    assert 'volume="disk0.vhdx"' in seen.document
    with pytest.raises(Refused, match="web"):
        calls.undefine(Kind.VOLUME, "loose/disk0.vhdx")
    larger = "<volume><name>copy.vhdx</name><capacity>2147483648</capacity></volume>"
    storage(host).clone("loose/copy.vhdx", larger, "loose/disk2.vhdx")
    assert model.disks["E:\\Loose\\copy.vhdx"].size == 2 << 30
    with pytest.raises(DriverError):
        calls.define(
            Kind.VOLUME, "loose/disk2.vhdx", upon.replace("upon", "disk2") + "</backingStore></volume>"
        )
