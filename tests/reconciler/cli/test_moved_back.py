"""A guest that returns to a host which kept its disk: nothing is written over unasked."""

from __future__ import annotations

import pytest

from drivers.simulated import faults
from reconciler.inputs.images.content import Bytes
from tests.reconciler.cli.lab import Lab

TREE = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{hosts: all, target: /srv/images}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: web.img}}
spec: {{pool: images, capacity: 1MiB, format: raw}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec:
  host: {host}
  state: {state}
  memory: 1GiB
  disks: [{{volume: {{pool: images, name: web.img}}}}]
"""
DISK = "images/web.img"


class Pair:
    """Two hosts and a guest with a disk of its own."""

    def __init__(self, lab: Lab, state: str) -> None:
        self.lab, self.state = lab, state
        lab.fleet(hv1=lab.uri("hv1"), hv2=lab.uri("hv2"))
        self.declare("hv1")
        lab.applied()
        self.write("hv1", b"old")
        self.declare("hv2")

    def declare(self, host: str) -> None:
        self.lab.write("web.yaml", TREE.format(host=host, state=self.state))

    def write(self, host: str, data: bytes) -> None:
        driver = self.lab.driver(host)
        driver.storage.upload(DISK, Bytes(data), lambda _: None)
        driver.close()

    def disk(self, host: str) -> bytes:
        driver = self.lab.driver(host)
        data = b"".join(part for part in driver.storage.download(DISK) if isinstance(part, bytes))[:3]
        driver.close()
        return data


@pytest.fixture(params=["running", "stopped"])
def pair(lab: Lab, request: pytest.FixtureRequest) -> Pair:
    return Pair(lab, request.param)


def test_what_its_old_host_kept_is_lost_only_by_name(pair: Pair) -> None:
    lab = pair.lab
    lab.applied()
    assert (pair.disk("hv1"), pair.disk("hv2")) == (b"old", b"old")
    pair.write("hv2", b"new")
    pair.declare("hv1")
    planned = lab("plan", "TREE").out
    assert "DESTROYS DATA" in planned
    assert "hv1 kept the volume images/web.img from before; it is lost to what comes from hv2" in planned
    refused = lab("apply", "TREE", "--yes")
    assert refused.code == 1
    assert "this destroys the data of images/web.img" in refused.err
    assert (pair.disk("hv1"), lab.domains("hv2")) == (b"old", {"web": pair.state})
    assert lab("apply", "TREE", "--yes", "--allow-data-loss").code == 0
    assert pair.disk("hv1") == b"new"
    assert (lab.domains("hv1"), lab.domains("hv2")) == ({"web": pair.state}, {})
    lab.assert_converged()


def test_what_was_made_for_a_move_that_failed_is_nobodys_data(pair: Pair) -> None:
    lab = pair.lab
    faults.inject(lab.path / "sim.db", "hv1", "move_domain", "web", "refused")
    assert lab("apply", "TREE", "--yes").code == 1
    assert "DESTROYS" not in lab("plan", "TREE").out
    lab.applied()
    assert pair.disk("hv2") == b"old"
    lab.assert_converged()
