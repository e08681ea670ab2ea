"""Pools and volumes on a real libvirtd: built, grown, encrypted, adopted, kept and deleted as declared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost
from tests.support.guests import qemu_domain

pytestmark = pytest.mark.real

MIB = 1024**2
SECRET_VALUE = "correct-horse-battery-staple"


NAS = """\
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: nas}
spec:
  type: netfs
  state: inactive
  autostart: false
  build: never
  target: /mnt/nas
  source: {hosts: {name: nas.example}, dir: /export, format: nfs, protocolVersion: "4.2"}
  mountOptions: [nodev, noatime]
"""


class Storage:
    """One pool with volumes in a tree."""

    def __init__(self, host: LibvirtHost, shell: Shell) -> None:
        self.host, self.shell = host, shell
        self.folder = host.images / "store"
        shell.write("keep.yaml", _document("StoragePool", "other", f"target: {host.images / 'other'}"))

    def declare(self, *volumes: str, state: str = "active", pool: str = "") -> None:
        """A pool, and volumes given as 'name: rest of the spec'."""
        documents = [_document("StoragePool", "store", pool or f"target: {self.folder}, state: {state}")]
        for volume in volumes:
            name, _, spec = volume.partition(": ")
            documents.append(_document("Volume", name, f"pool: store, {spec}"))
        self.shell.write("store.yaml", "---\n".join(documents))

    def converge(self) -> None:
        """Applies, and expects nothing to be left, even without the state."""
        self.shell.apply()
        self.shell.expect_nothing_to_do()
        self.shell.lose_state()
        self.shell.expect_nothing_to_do()
        self.shell.apply()

    def image(self, name: str) -> dict[str, Any]:
        """What qemu-img says of a volume, from outside of libvirt."""
        shown = self.host.run("qemu-img", "info", "-U", "--output=json", str(self.folder / name))
        return dict(json.loads(shown))


@pytest.fixture
def storage(host: LibvirtHost, shell: Shell) -> Storage:
    return Storage(host, shell)


def test_a_pool_is_built_and_goes_off_and_on(storage: Storage) -> None:
    folder = storage.folder / "deep" / "er"
    pool = f'target: {{path: {folder}, permissions: {{mode: "0711", owner: 0, group: 0}}}}'
    storage.declare(pool=pool)
    storage.converge()
    assert folder.stat().st_mode & 0o777 == 0o711
    for state in ("inactive", "active"):
        storage.declare(pool=f"{pool}, state: {state}, autostart: {str(state == 'active').lower()}")
        storage.converge()
        shown = storage.host.virsh("pool-info", "store")
        assert ("running" in shown) == (state == "active")
        assert ("Autostart:      yes" in shown) == (state == "active")


def test_a_folder_that_is_missing_is_not_built_without_leave(storage: Storage) -> None:
    storage.declare(pool=f"target: {storage.folder}, build: never")
    assert storage.shell("apply", "--yes") == 1
    assert "failed    start StoragePool/store" in storage.shell.err
    assert not storage.folder.exists()
    storage.folder.mkdir()
    storage.converge()


def test_volumes_of_every_make(storage: Storage) -> None:
    storage.declare(
        "base.qcow2: capacity: 8MiB",
        "middle.qcow2: capacity: 8MiB, backing: base.qcow2",
        "top: capacity: 12MiB, format: qcow2, backing: {volume: middle.qcow2, format: qcow2}",
        "plain: capacity: 4MiB, allocation: 0",
        "full.img: capacity: 2MiB, allocation: 2MiB",
        'mine: capacity: 1MiB, permissions: {mode: "0600", owner: 0, group: 0}',
        "old.qcow2: capacity: 1MiB, nocow: true, qcow2: {compat: '0.10', clusterSize: 4KiB}",
        "new.qcow2: capacity: 1MiB, qcow2: {compat: '1.1', lazyRefcounts: true, extendedL2: true}",
    )
    storage.shell.write("nas.yaml", NAS)
    storage.converge()
    assert "noatime" in storage.host.virsh("pool-dumpxml", "nas")
    old, new = storage.image("old.qcow2"), storage.image("new.qcow2")
    assert (old["cluster-size"], old["format-specific"]["data"]["compat"]) == (4096, "0.10")
    assert new["format-specific"]["data"]["lazy-refcounts"]
    assert storage.image("top")["full-backing-filename"] == str(storage.folder / "middle.qcow2")
    assert storage.image("plain")["format"] == "raw"
    assert (storage.folder / "mine").stat().st_mode & 0o777 == 0o600
    storage.host.restart()
    storage.shell.expect_nothing_to_do()


def test_a_volume_grows_and_never_shrinks(storage: Storage) -> None:
    storage.declare("v.qcow2: capacity: 4MiB", "r: capacity: 4MiB")
    storage.converge()
    (storage.folder / "r").write_bytes(b"precious" + bytes(4 * MIB - 8))
    storage.declare("v.qcow2: capacity: 16MiB", "r: capacity: 5MiB")
    assert storage.shell("plan", "--detailed-exitcode") == 2
    storage.converge()
    assert storage.image("v.qcow2")["virtual-size"] == 16 * MIB
    assert (storage.folder / "r").stat().st_size == 5 * MIB

    storage.declare("v.qcow2: capacity: 8MiB", "r: capacity: 5MiB")
    assert storage.shell("apply", "--yes") == 1
    assert "shr" in storage.shell.out + storage.shell.err
    assert storage.image("v.qcow2")["virtual-size"] == 16 * MIB
    assert (storage.folder / "r").read_bytes().startswith(b"precious")


def test_a_volume_grows_under_a_running_guest(storage: Storage) -> None:
    host = storage.host
    storage.declare("root.qcow2: capacity: 4MiB")
    storage.converge()
    disk = (
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"
        f"<source file='{storage.folder / 'root.qcow2'}'/><target dev='vda' bus='virtio'/></disk>"
    )
    path = host.root / "given.xml"
    path.write_text(qemu_domain("user", host.images / "user.console", devices=disk))
    host.virsh("create", str(path))
    process = host.qemu_process("user")
    storage.declare("root.qcow2: capacity: 9MiB")
    storage.converge()
    assert str(9 * MIB) in host.virsh("domblkinfo", "user", "vda")
    assert host.qemu_process("user") == process


def test_data_is_deleted_only_where_the_files_say_so(storage: Storage) -> None:
    storage.declare("kept: capacity: 1MiB", "gone: capacity: 1MiB, onDelete: delete")
    storage.converge()
    foreign = storage.folder / "foreign"
    foreign.write_bytes(b"theirs")
    storage.host.virsh("pool-refresh", "store")
    storage.shell.expect_nothing_to_do("--prune")
    storage.declare()
    storage.shell.expect_nothing_to_do()
    storage.shell.apply("--prune", "--allow-data-loss")
    assert sorted(path.name for path in storage.folder.iterdir()) == ["foreign", "kept"]
    storage.shell.expect_nothing_to_do("--prune")
    (storage.shell.tree / "store.yaml").unlink()
    storage.shell.apply("--prune")
    assert "store" not in storage.host.virsh("pool-list", "--all", "--name").split()
    assert sorted(path.name for path in storage.folder.iterdir()) == ["foreign", "kept"]


def test_what_virsh_made_is_taken_as_it_is(storage: Storage) -> None:
    virsh = storage.host.virsh
    virsh("pool-define-as", "store", "dir", "--target", str(storage.folder))
    virsh("pool-build", "store")
    virsh("pool-start", "store")
    virsh("vol-create-as", "store", "old.qcow2", "6M", "--format", "qcow2")
    made = (storage.folder / "old.qcow2").stat().st_ino
    uuid = virsh("pool-uuid", "store")
    storage.declare("old.qcow2: capacity: 6MiB", "new.qcow2: capacity: 6MiB")
    storage.converge()
    assert (storage.folder / "old.qcow2").stat().st_ino == made
    assert virsh("pool-uuid", "store") == uuid


def test_an_inactive_pool_is_started_and_its_volumes_are_found(storage: Storage) -> None:
    volumes = ("here: capacity: 2MiB", "more.qcow2: capacity: 2MiB")
    storage.declare(volumes[0])
    storage.converge()
    (storage.folder / "here").write_bytes(b"precious" + bytes(2 * MIB - 8))
    storage.host.virsh("pool-destroy", "store")
    storage.declare(*volumes)
    assert storage.shell("plan", "--detailed-exitcode") == 2
    storage.converge()
    assert (storage.folder / "here").read_bytes().startswith(b"precious")

    storage.shell.lose_state()
    storage.host.virsh("pool-destroy", "store")
    storage.converge()
    assert (storage.folder / "here").read_bytes().startswith(b"precious")


def test_an_encrypted_volume(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    shell, virsh = storage.shell, storage.host.virsh
    storage.declare("vault.img: capacity: 20MiB, format: raw, encryption: {secret: passphrase}")
    shell.write(
        "secret.yaml",
        _document(
            "Secret",
            "passphrase",
            f"usage: {{type: volume, id: {storage.folder}/vault.img}}, value: {{env: VR_TEST_PASSPHRASE}}",
        ),
    )
    seen = ""

    def run(*command: str) -> int:
        nonlocal seen
        code = shell(*command)
        seen += shell.out + shell.err
        return code

    assert run("apply", "--yes") == 1
    assert "VR_TEST_PASSPHRASE" in shell.out + shell.err
    monkeypatch.setenv("VR_TEST_PASSPHRASE", SECRET_VALUE)
    assert run("apply", "--yes", "--verbose") == 0, shell.err
    shell.expect_nothing_to_do()
    assert storage.image("vault.img")["format"] == "luks"
    uuid = virsh("secret-list").splitlines()[-1].split()[0]
    assert virsh("secret-get-value", uuid, "--plain") == SECRET_VALUE

    monkeypatch.setenv("VR_TEST_PASSPHRASE", f"{SECRET_VALUE}-2")
    for command in (("plan", "-o", "json"), ("diff",), ("status",), ("apply", "--yes"), ("history",)):
        assert run(*command) == 0, shell.err
    shell.expect_nothing_to_do()
    assert virsh("secret-get-value", uuid, "--plain") == f"{SECRET_VALUE}-2"
    shell.lose_state()
    assert run("apply", "--yes") == 0, shell.err
    shell.expect_nothing_to_do()
    assert SECRET_VALUE not in seen
    for file in (shell.tree / ".virt-reconcile").rglob("*"):
        assert not file.is_file() or SECRET_VALUE.encode() not in Path(file).read_bytes()


def test_a_guest_starts_from_an_encrypted_volume(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shell = storage.shell
    monkeypatch.setenv("VR_TEST_PASSPHRASE", SECRET_VALUE)
    storage.declare("vault.img: capacity: 2MiB, encryption: {secret: passphrase}")
    usage = "usage: {type: volume, id: vault}, value: {env: VR_TEST_PASSPHRASE}"
    shell.write("secret.yaml", _document("Secret", "passphrase", usage))
    guest = "type: qemu, memory: 32MiB, disks: [{volume: {pool: store, name: vault.img}}]"
    shell.write("guest.yaml", _document("Domain", "guest", guest))
    shell.apply()
    assert storage.host.virsh("domstate", "guest") == "running"
    shell.expect_nothing_to_do()
    shell.lose_state()
    shell.apply()  # a secret's value is set anew, for nobody knows what was set
    shell.expect_nothing_to_do()

    adopted = tmp_path / "adopted"
    assert shell.run("adopt", "--host", f"hv1={storage.host.qemu}", "--to", str(adopted)) == 0, shell.err
    assert (adopted / "hv1" / "domains" / "guest.yaml").read_text().count("encryption:") == 1
    assert shell.run("plan", str(adopted), "--detailed-exitcode") == 0, shell.out + shell.err


def _document(kind: str, name: str, spec: str) -> str:
    return f"apiVersion: virt-reconcile/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
