"""What was applied needs nothing more, with the state and without it."""

from __future__ import annotations

import pytest

from tests.drivers.hyperv.machines import documents
from tests.reconciler.cli.lab import Lab
from tests.support.hyperv.model import MIB, HyperVModel, ModelDisk

POOL = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: disks}
spec: {target: 'D:\\Disks'}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: own}
spec: {}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: grown.vhdx}
spec: {pool: disks, capacity: 10GiB}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: fixed.vhdx}
spec: {pool: disks, capacity: 64MiB, allocation: 64MiB}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: upon.vhdx}
spec: {pool: disks, capacity: 10GiB, backing: grown.vhdx}
"""
VOLUME = """---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: %s}
spec: {pool: disks, capacity: 8MiB}
"""
TYPED = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: typed}
spec:
  memory: {size: 512MiB, max: 2GiB}
  vcpus: 4
  firmware: {type: uefi}
  autostart: true
  disks:
    - {volume: {pool: disks, name: upon.vhdx}, boot: 1}
    - {device: cdrom, file: 'C:\\ISO\\debian.iso'}
  interfaces: [{network: own, vlan: 7}, {network: own}]
"""


def test_nothing_is_changed_twice(hyperv: Lab, model: HyperVModel) -> None:
    made = dict(documents())
    assert len(made) >= 40
    volumes = ""
    for name, document in made.items():
        hyperv.write(f"hv1/{name}.xml", document)
        model.disks[f"E:\\Loose\\{name}.vhdx"] = ModelDisk(64 * MIB)
        if "pool='disks'" in document:
            volumes += VOLUME % f"{name}.vhdx"
    hyperv.write("held.yaml", POOL + volumes)
    hyperv.write("typed.yaml", TYPED)
    said = hyperv.applied()
    assert "failed" not in said.out
    hyperv.assert_converged()
    before = {machine.name: machine for machine in model.machines}
    assert before.keys() == {*made, "typed"}
    without = hyperv("plan", "TREE", "--state", f"sqlite:///{hyperv.path}/other.db", "--detailed-exitcode")
    assert "No changes." in without.out, without.out
    hyperv("apply", "TREE", "--yes", "--state", f"sqlite:///{hyperv.path}/other.db")
    assert {machine.name: machine for machine in model.machines} == before


@pytest.mark.parametrize(
    ("edited", "words"),
    [
        ("memory: 1023MiB", "memory 1023 MiB; allowed: 32 MiB"),
        ("memory: 1GiB\n  watchdog: i6300esb", "watchdog"),
        ("memory: 1GiB\n  firmware: uefi\n  boot: [hd]", "each disk and interface has its own boot"),
        (
            "memory: 1GiB\n  firmware: uefi\n  disks: [{device: cdrom, bus: ide}]",
            "second generation, which has SCSI alone",
        ),
    ],
)
def test_what_does_not_fit_is_said_offline(hyperv: Lab, edited: str, words: str) -> None:
    hyperv.write(
        "web.yaml",
        f"apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {{name: web}}\nspec:\n  {edited}\n",
    )
    said = hyperv("validate", "TREE")
    assert said.code == 3
    assert words in said.out + said.err
