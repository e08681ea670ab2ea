"""convert: copies on a host of another kind; the guest is only read, and nothing is overwritten."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.contract.bench import whole
from drivers.simulated import faults
from specs import matrix
from specs.identity import Kind
from specs.matrix.model import Hypervisor
from tests.reconciler.cli.lab import Lab

CONTENT = b"a disk's own bytes" + bytes(70_000) + b"and more"
POOL = "kind: StoragePool\nmetadata: {{name: default}}\nspec: {{host: {}, target: /var/lib/libvirt/images}}\n"
WEB = """apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec:
  host: hv1
  state: stopped
  memory: 64MiB
  vcpus: 1
  disks: [{volume: {pool: default, name: web.img}}, {device: cdrom}]
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: web.img}
spec: {pool: default, host: hv1, format: raw, capacity: 1MiB, source: disk.bin}
"""


@pytest.fixture
def two(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """hv1 has a stopped guest; hv2 is of another kind, as far as anybody is told."""
    other = replace(matrix.by_family("sim"), family="other", title="Other", images=("qcow2",))

    def kind_of(uri: str) -> Hypervisor:
        return other if "host=hv2" in uri else matrix.by_family("sim")

    monkeypatch.setattr(matrix, "by_uri", kind_of)
    lab.fleet(hv1=lab.uri("hv1"), hv2=lab.uri("hv2"))
    for host in ("hv1", "hv2"):
        lab.write(f"pool-{host}.yaml", "apiVersion: virt-reconcile/v1\n" + POOL.format(host))
    lab.write("web.yaml", WEB)
    (lab.tree / "disk.bin").write_bytes(CONTENT)
    lab.applied()
    return lab


def content(lab: Lab, host: str, name: str) -> bytes:
    driver = lab.driver(host)
    try:
        return whole(driver.storage.download(name))
    finally:
        driver.close()


def volumes(lab: Lab, host: str) -> list[str]:
    driver = lab.driver(host)
    try:
        return sorted(name for kind, name in driver.observe.inventory().objects if kind is Kind.VOLUME)
    finally:
        driver.close()


def test_a_stopped_guests_disk_is_copied_converted_and_left_as_it_was(two: Lab, tmp_path: Path) -> None:
    asked = two("convert", "TREE", "web", "--onto", "hv2")
    assert asked.code == 1
    assert "needs --yes" in asked.err
    assert volumes(two, "hv2") == []
    before = content(two, "hv1", "default/web.img")
    said = two("convert", "TREE", "web", "--onto", "hv2", "--yes")
    assert said.code == 0, said.err
    assert "disk vda: default/web.img on hv1 → default/web.qcow2 on hv2 (raw → qcow2, 1 MiB)" in said.out
    assert volumes(two, "hv2") == ["default/web.qcow2"]
    (tmp_path / "made").write_bytes(content(two, "hv2", "default/web.qcow2"))
    back = ("qemu-img", "convert", "-f", "qcow2", "-O", "raw", tmp_path / "made", tmp_path / "back")
    subprocess.run(back, check=True)
    assert (tmp_path / "back").read_bytes().rstrip(b"\0") == before.rstrip(b"\0") == CONTENT.rstrip(b"\0")
    assert content(two, "hv1", "default/web.img") == before
    two.assert_converged()
    again = two("convert", "TREE", "web", "--onto", "hv2", "--yes")
    assert again.code == 1
    assert "hv2 has a volume default/web.qcow2 already, and nothing is overwritten" in again.err


def test_what_stands_in_the_way_is_said_before_anything_is_done(two: Lab) -> None:
    cases = {
        ("web", "hv3"): "the tree declares no host 'hv3'",
        ("wab", "hv2"): "did you mean 'web'?",
        ("web", "hv1"): "web is on hv1 already",
    }
    for (name, host), words in cases.items():
        said = two("convert", "TREE", name, "--onto", host, "--yes")
        assert (said.code, words in said.err) == (1, True), said.err
    pool = two("convert", "TREE", "web", "--onto", "hv2", "--pool", "gone", "--yes")
    assert "hv2 has no pool 'gone'; say another one with --pool" in pool.err
    driver = two.driver()
    driver.lifecycle.start(Kind.DOMAIN, "web")
    driver.close()
    running = two("convert", "TREE", "web", "--onto", "hv2", "--yes")
    assert "it runs on hv1: a copy of what is being written to is none; stop it first" in running.err
    assert volumes(two, "hv2") == []


@pytest.mark.parametrize(("verb", "host"), [("*download*", "hv1"), ("*upload*", "hv2"), ("define", "hv2")])
def test_what_fails_midway_leaves_nothing_behind(two: Lab, verb: str, host: str) -> None:
    faults.inject(two.path / "sim.db", host, verb, "*", "refused")
    said = two("convert", "TREE", "web", "--onto", "hv2", "--yes")
    assert said.code == 1
    assert "web was not converted: injected fault" in said.err
    assert "it is as it was" in said.err
    assert volumes(two, "hv2") == []
    assert two("convert", "TREE", "web", "--onto", "hv2", "--yes").code == 0


def test_the_tree_on_another_kind_says_what_does_not_carry_over_and_a_move_is_refused(two: Lab) -> None:
    moved = WEB.replace("host: hv1\n  state", "host: box\n  state")
    two.fleet(hv1=two.uri("hv1"), hv2=two.uri("hv2"), box="bhyve:///system")
    two.write("web.yaml", moved.replace("vcpus: 1", "vcpus: 1\n  tpm: {version: '2.0'}"))
    said = two("validate", "TREE")
    assert said.code == 3
    assert "box (bhyve) cannot give a domain tpm" in said.out
