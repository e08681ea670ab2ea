"""Items 1 to 4 on real libvirt: other people's objects, copies, renamed guests, another machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.cli import asking
from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

THEIRS = "11111111-2222-4333-8444-555555555555"
TREE = """\
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {{name: ours}}
spec: {{uuid: 0b0f5f1e-6d52-4c3e-9d8c-2f6d1f1f7a01, maxShrink: 100%}}
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: hv1}}
spec: {{uri: "{uri}"}}
"""
NETWORK = """
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
spec: {ips: [{address: 10.77.0.1/24}]}
"""
STORAGE = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: data}
spec: {target: /var/lib/libvirt/data}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: shop.img}
spec: {pool: data, capacity: 1MiB, onDelete: delete}
"""
GUEST = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: NAME}
spec: {type: qemu, memory: 64MiB, state: stopped}
"""
THEIR_GUEST = """\
<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid>
<metadata><vr:owner xmlns:vr='urn:virt-reconcile:1' fleet='theirs' digest='d' protect='true' uuid='{uuid}'
 name='{name}'/></metadata>
<memory>65536</memory><os><type>hvm</type></os><devices>{devices}</devices></domain>
"""
DISK = (
    "<disk type='volume' device='disk'><driver name='qemu' type='raw'/>"
    "<source pool='data' volume='shop.img'/><target dev='vda' bus='virtio'/></disk>"
)
NIC = "<interface type='network'><source network='lan'/></interface>"


@pytest.fixture(scope="module")
def machines() -> Iterator[tuple[LibvirtHost, LibvirtHost]]:
    """Two machines, neither of which knows the other."""
    with LibvirtHost() as one, LibvirtHost("hv2") as two:
        yield one, two


@pytest.fixture
def machine(machines: tuple[LibvirtHost, LibvirtHost]) -> Iterator[LibvirtHost]:
    yield machines[0]
    for host in machines:
        host.clear()


@pytest.fixture
def tree(shell: Shell, machine: LibvirtHost) -> Shell:
    shell.write("fleet.yaml", TREE.format(uri=machine.qemu))
    for name in ("web", "old"):
        shell.write(f"{name}.yaml", GUEST.replace("NAME", name))
    shell.write("network.yaml", NETWORK)
    shell.write("storage.yaml", STORAGE)
    shell.apply()
    return shell


def _define(host: LibvirtHost, folder: Path, document: str) -> None:
    file = folder / "guest.xml"
    file.write_text(document)
    host.virsh("define", str(file))


def _meanwhile(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]) -> None:
    monkeypatch.setattr(asking, "leave", lambda *_: deed())


def test_another_guest_while_apply_waits_at_its_question(
    tree: Shell, machine: LibvirtHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree.tree / "old.yaml").unlink()

    def replaced() -> None:
        machine.virsh("undefine", "old")
        _define(machine, tmp_path, THEIR_GUEST.format(name="old", uuid=THEIRS, devices=""))

    _meanwhile(monkeypatch, replaced)
    assert tree("apply", "--prune") == 1
    assert "another Domain of that name stands there by now" in tree.out + tree.err
    assert machine.virsh("domuuid", "old").strip() == THEIRS


def test_a_guest_is_started_on_a_volume_and_a_network_that_go(
    tree: Shell, machine: LibvirtHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree.tree / "storage.yaml").unlink()
    (tree.tree / "network.yaml").unlink()

    def used() -> None:
        _define(machine, tmp_path, THEIR_GUEST.format(name="theirs", uuid=THEIRS, devices=DISK + NIC))
        machine.virsh("start", "theirs")

    _meanwhile(monkeypatch, used)
    assert tree("apply", "--prune", "--allow-data-loss") == 1
    assert "Domain/theirs on hv1 uses it and runs" in tree.out + tree.err
    assert "shop.img" in machine.virsh("vol-list", "data")
    tree.write("storage.yaml", STORAGE)
    tree.write("network.yaml", NETWORK)
    assert tree("destroy", "--yes", "--allow-data-loss") == 0
    assert "Domain/theirs on hv1 still uses it" in tree.out
    assert "shop.img" in machine.virsh("vol-list", "data")
    assert "active" in machine.virsh("net-list", "--all")
    assert "running" in machine.virsh("domstate", "theirs")


def test_a_copy_and_a_renamed_guest(tree: Shell, machine: LibvirtHost, tmp_path: Path) -> None:
    document = machine.virsh("dumpxml", "web")
    uuid = machine.virsh("domuuid", "web").strip()
    copied = document.replace("<name>web</name>", "<name>copy</name>").replace(f"<uuid>{uuid}</uuid>", "")
    _define(machine, tmp_path, copied)
    machine.virsh("domrename", "old", "renamed")
    assert tree("apply", "--yes", "--prune") == 1
    assert "it was renamed on hv1 and is called 'renamed' there" in tree.out
    names = set(machine.virsh("list", "--all", "--name").split())
    assert names == {"web", "copy", "renamed"}
    assert tree("destroy", "--yes", "--allow-data-loss") == 0
    assert set(machine.virsh("list", "--all", "--name").split()) == {"copy", "renamed"}


@pytest.mark.parametrize("how", ["option", "edited"])
def test_another_machine_in_the_place_of_a_host(
    tree: Shell, machines: tuple[LibvirtHost, LibvirtHost], tmp_path: Path, how: str
) -> None:
    other = machines[1]
    _define(other, tmp_path, THEIR_GUEST.format(name="web", uuid=THEIRS, devices=""))
    options: tuple[str, ...] = ("--host", f"hv1={other.qemu}")
    if how == "edited":
        tree.write("fleet.yaml", TREE.format(uri=other.qemu))
        options = ()
    for command in (("destroy", "--yes", "--allow-data-loss"), ("apply", "--yes", "--prune")):
        assert tree(*command, *options) == 1
        assert "it is another machine than before" in tree.out + tree.err
    assert set(other.virsh("list", "--all", "--name").split()) == {"web"}
    assert set(machines[0].virsh("list", "--all", "--name").split()) == {"web", "old"}
