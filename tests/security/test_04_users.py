"""What somebody's guest uses is not taken away, by destroy, prune, or a declared state."""

from __future__ import annotations

import pytest

from drivers.contract.complete import CompleteHost
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.reconciler.cli.lab import Lab
from tests.security.parts import NETWORK_AND_POOL, VOLUME, content_of, replace_the_volume

INFRASTRUCTURE = f"""{NETWORK_AND_POOL}{VOLUME}---
apiVersion: virt-reconcile/v1
kind: NetworkFilter
metadata: {{name: strict}}
spec: {{xml: "<filter name='strict' chain='root'><rule action='drop' direction='in'><all/></rule></filter>"}}
"""
DEVICES = {
    "network": "<interface type='network'><source network='lan'/></interface>",
    "bridge": "<interface type='bridge'><source bridge='virbr77'/></interface>",
    "filter": "<interface type='network'><source network='lan'/><filterref filter='strict'/></interface>",
    "volume": "<disk type='volume' device='disk'><driver name='qemu' type='raw'/>"
    "<source pool='data' volume='shop.img'/><target dev='vda' bus='virtio'/></disk>",
    "path": "<disk type='file' device='disk'><driver name='qemu' type='raw'/>"
    "<source file='/data/shop.img'/><target dev='vda' bus='virtio'/></disk>",
    "path in a file system": "<filesystem type='mount'><source dir='/data/sub'/><target dir='x'/>"
    "</filesystem>",
}
USED = {
    "network": {(Kind.NETWORK, "lan")},
    "bridge": {(Kind.NETWORK, "lan")},
    "filter": {(Kind.NETWORK, "lan"), (Kind.NETWORK_FILTER, "strict")},
    "volume": {(Kind.STORAGE_POOL, "data"), (Kind.VOLUME, "data/shop.img")},
    "path": {(Kind.STORAGE_POOL, "data"), (Kind.VOLUME, "data/shop.img")},
    "path in a file system": {(Kind.STORAGE_POOL, "data")},
}


def _their_guest(driver: CompleteHost, devices: str, *, start: bool) -> None:
    driver.lifecycle.define(
        Kind.DOMAIN,
        "theirs",
        "<domain type='kvm'><name>theirs</name><uuid>99999999-0000-4000-8000-000000000009</uuid>"
        f"<memory>65536</memory><os><type>hvm</type></os><devices>{devices}</devices></domain>",
    )
    if start:
        driver.lifecycle.start(Kind.DOMAIN, "theirs")


def _there(lab: Lab) -> dict[tuple[Kind, str], str]:
    driver = lab.driver()
    seen = {key: str(found.power) for key, found in driver.observe.inventory().objects.items()}
    driver.close()
    return seen


@pytest.mark.parametrize("start", [False, True], ids=["stopped", "running"])
@pytest.mark.parametrize("what", list(DEVICES))
@pytest.mark.parametrize("how", ["destroy", "prune"])
def test_what_a_strangers_guest_uses_stays_as_it_is(lab: Lab, what: str, how: str, start: bool) -> None:
    lab.write("infrastructure.yaml", INFRASTRUCTURE)
    lab.guest("web")
    lab.applied()
    driver = lab.driver()
    _their_guest(driver, DEVICES[what], start=start)
    driver.close()
    before = _there(lab)
    if how == "prune":
        (lab.tree / "infrastructure.yaml").unlink()
        said = lab("apply", "TREE", "--yes", "--prune", "--allow-data-loss")
    else:
        said = lab("destroy", "TREE", "--yes", "--allow-data-loss")
    assert "Domain/theirs on hv1 still uses it" in said.out
    after = _there(lab)
    kept = USED[what] | {(Kind.DOMAIN, "theirs")}
    assert {key: after.get(key) for key in kept} == {key: before[key] for key in kept}
    others = {(Kind.NETWORK, "lan"), (Kind.NETWORK_FILTER, "strict"), (Kind.STORAGE_POOL, "data")} - kept
    assert not others & after.keys()


@pytest.mark.parametrize("kind", ["Network", "StoragePool"])
def test_a_declared_state_waits_for_a_running_guest(lab: Lab, kind: str) -> None:
    lab.write("infrastructure.yaml", INFRASTRUCTURE)
    lab.applied()
    driver = lab.driver()
    _their_guest(driver, DEVICES["network"] + DEVICES["volume"], start=True)
    edited = INFRASTRUCTURE.replace("{bridge: virbr77}", "{bridge: virbr77, state: inactive}")
    if kind == "StoragePool":
        edited = INFRASTRUCTURE.replace("{target: /data}", "{target: /data, state: inactive}")
    lab.write("infrastructure.yaml", edited)
    said = lab("apply", "TREE", "--yes")
    assert said.code == 0, said.out + said.err
    assert "Domain/theirs on hv1 uses it and runs" in said.out
    assert set(_there(lab).values()) >= {"active"}
    assert _there(lab)[Kind(kind), "lan" if kind == "Network" else "data"] == "active"
    driver.lifecycle.stop(Kind.DOMAIN, "theirs", StopPolicy(force=True))
    driver.lifecycle.undefine(Kind.DOMAIN, "theirs")
    driver.close()
    lab.applied()
    assert _there(lab)[Kind(kind), "lan" if kind == "Network" else "data"] == "inactive"
    if kind == "Network":
        lab.assert_converged()


def test_a_secret_that_a_strangers_guest_uses(lab: Lab) -> None:
    (lab.tree / "key").write_text("canary")
    lab.write(
        "secret.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Secret\nmetadata: {name: ceph}\n"
        "spec: {usage: {type: ceph, id: ceph}, value: {file: key}}\n",
    )
    lab.applied()
    driver = lab.driver()
    disk = (
        "<disk type='network' device='disk'><driver name='qemu' type='raw'/>"
        "<auth username='a'><secret type='ceph' usage='ceph'/></auth>"
        "<source protocol='rbd' name='a/b'><host name='127.0.0.1' port='1'/></source>"
        "<target dev='vda' bus='virtio'/></disk>"
    )
    _their_guest(driver, disk, start=False)
    driver.close()
    said = lab("destroy", "TREE", "--yes")
    assert "Domain/theirs on hv1 still uses it" in said.out
    assert (Kind.SECRET, "ceph:ceph") in _there(lab)


def test_of_two_volumes_that_go_the_overlay_goes_first(lab: Lab) -> None:
    both = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: data}
spec: {target: /data}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: base.qcow2}
spec: {pool: data, capacity: 1MiB, onDelete: delete}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: a-overlay.qcow2}
spec: {pool: data, capacity: 1MiB, onDelete: delete, backing: {volume: base.qcow2}}
"""
    lab.write("volumes.yaml", both)
    lab.applied()
    lab.write("volumes.yaml", both.partition("---")[0])
    said = lab("apply", "TREE", "--yes", "--prune", "--allow-data-loss")
    assert said.code == 0, said.out + said.err
    done = [line for line in said.err.splitlines() if line.startswith("done") and "undefine Volume" in line]
    assert ["overlay" in line for line in done] == [True, False]


def test_a_volume_that_a_strangers_guest_uses_is_not_replaced(lab: Lab) -> None:
    replace_the_volume(lab)
    driver = lab.driver()
    _their_guest(driver, DEVICES["volume"], start=False)
    said = lab("apply", "TREE", "--yes", "--allow-data-loss")
    assert said.code == 1
    assert "Domain/theirs on hv1, which this tree does not declare, uses it" in said.out
    assert content_of(driver, "data/shop.img") == b"1" * 512
    driver.close()
