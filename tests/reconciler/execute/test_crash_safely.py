"""Killed around a safety snapshot: what comes next goes on, and no snapshot is piled upon another."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from drivers.contract.complete import open_complete
from tests.reconciler.execute.lab import FLEET, HOST, KILLED, Lab

GUEST = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{target: /srv/images}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: web.qcow2}}
spec: {{pool: images, capacity: 1GiB, format: qcow2}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec:
  memory: 1GiB
  vcpus: {vcpus}
  disks: [{{target: vda, volume: {{pool: images, name: web.qcow2}}}}]
  restart: if-needed
  safetySnapshot: true
"""


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A guest that runs, and files that want it restarted."""
    lab = Lab(tmp_path_factory.mktemp("safely") / "lab")
    (lab.folder / "tree").mkdir(parents=True)
    declare(lab, 1)
    lab.settle()
    declare(lab, 2)
    return lab


def declare(lab: Lab, vcpus: int) -> None:
    (lab.folder / "tree/all.yaml").write_text(f"{FLEET}---{GUEST.format(vcpus=vcpus)}")


def at_another_moment() -> None:
    """A moment has one snapshot only, and tests are quick."""
    mock.patch("reconciler.plan.safety.stamp", return_value="20991231-000000").start()


def ours(lab: Lab) -> list[str]:
    driver = open_complete(f"sim://{lab.db}", host=HOST)
    found = driver.snapshots.all("web")
    driver.close()
    return [each.name[:10] for each in found]


@pytest.mark.parametrize(
    ("verb", "moment", "left"),
    [
        ("take_snapshot", "crash-before", 0),
        ("take_snapshot", "crash-after", 1),
        ("define", "crash-before", 1),
        ("define", "crash-after", 1),
        ("stop", "crash-before", 1),
        ("stop", "crash-after", 1),
        ("start", "crash-before", 1),
    ],
)
def test_killed_around_a_safety_snapshot(
    begun: Lab, tmp_path: Path, verb: str, moment: str, left: int
) -> None:
    lab = begun.copy(tmp_path / "lab")
    lab.inject(verb, "web", moment)
    assert lab.apply() == KILLED, lab.log
    assert ours(lab) == ["vr-safety-"] * left
    assert lab.apply(before=at_another_moment) == 0, lab.log
    assert lab.plan() == 0, lab.log
    assert ours(lab) == ["vr-safety-"]
    assert "web" in lab.starts()


def test_the_next_change_has_one_of_its_own(begun: Lab, tmp_path: Path) -> None:
    lab = begun.copy(tmp_path / "lab")
    lab.settle()
    declare(lab, 3)
    assert lab.apply(before=at_another_moment) == 0, lab.log
    assert len(ours(lab)) == 2
