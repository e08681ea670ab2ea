"""C12 on a real host: what libvirtd lets somebody make, and what we make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli.main import call
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

TREE = """
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: hv1}}
spec: {{uri: "{uri}"}}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{target: /var/lib/libvirt/odd}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: disk.img}}
spec: {{pool: images, capacity: 1MiB, onDelete: delete}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec: {{type: qemu, memory: {memory}, state: stopped}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: mail}}
spec: {{type: qemu, memory: {memory}, state: stopped}}
"""
NESTED = "<x>" * 256 + "</x>" * 256
"""libvirt reads it by itself, and writes it two levels deeper."""


def test_a_guest_whose_metadata_nobody_can_read_is_left_alone(
    empty_host: LibvirtHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host, tree = empty_host, tmp_path / "tree"
    tree.mkdir()
    (tree / "all.yaml").write_text(TREE.format(uri=host.qemu, memory="128MiB"))

    def said(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = call(list(arguments))
        told = "".join(capsys.readouterr())
        assert "internal error" not in told, told
        return code, told

    assert said("apply", str(tree), "--yes")[0] == 0
    host.virsh("metadata", "web", "--uri", "urn:x", "--key", "x", "--set", NESTED, "--config")
    host.virsh(
        "metadata", "mail", "--uri", "urn:x", "--key", "x", "--set", f"<y>{'z' * 90000}</y>", "--config"
    )
    (tree / "all.yaml").write_text(TREE.format(uri=host.qemu, memory="192MiB"))
    code, told = said("plan", str(tree))
    assert code == 1
    assert "! Domain/web" in told, told
    assert "unreadable: its document cannot be read" in told
    assert "~ Domain/mail" in told
    code, told = said("apply", str(tree), "--yes")
    assert code == 1
    assert "done      define Domain/mail" in told
    assert "196608" in host.virsh("dumpxml", "mail")
    for view, ends in (("status", 1), ("diff", 1), ("hosts", 0)):
        assert said(view, str(tree))[0] == ends
    code, told = said("adopt", "--host", host.qemu, "--to", str(tmp_path / "files"))
    assert code == 0
    assert "left out: Domain/web: unreadable" in told
    code, told = said("destroy", str(tree), "--yes", "--allow-data-loss")
    assert "Domain/web on hv1 cannot be read and may use it" in told, told
    assert "web" in host.virsh("list", "--all", "--name")
    assert "mail" not in host.virsh("list", "--all", "--name")
    assert "disk.img" in host.virsh("vol-list", "images")


def test_a_file_whose_name_is_not_utf_8_harms_nobody(
    empty_host: LibvirtHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host, tree = empty_host, tmp_path / "tree"
    tree.mkdir()
    (tree / "all.yaml").write_text(TREE.format(uri=host.qemu, memory="128MiB"))
    assert call(["apply", str(tree), "--yes"]) == 0
    host.run("sh", "-c", "touch /var/lib/libvirt/odd/$(printf 'b\\351b\\351.img')")
    host.virsh("pool-refresh", "images")
    (tree / "all.yaml").write_text(TREE.format(uri=host.qemu, memory="192MiB"))
    for command in (("plan",), ("status",), ("apply", "--yes")):
        capsys.readouterr()
        assert call([command[0], str(tree), *command[1:]]) == 0
        told = "".join(capsys.readouterr())
        assert "internal error" not in told
    assert "196608" in host.virsh("dumpxml", "web")
    capsys.readouterr()
    assert call(["adopt", "--host", host.qemu, "--to", str(tmp_path / "files")]) == 0
    assert "left out: Volume/images/(its name is not UTF-8: number" in capsys.readouterr().err
