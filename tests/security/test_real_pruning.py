"""What was seen on real libvirt: two trees without a Fleet on one host, and guests with hidden names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

IDLE = (
    "<domain type='qemu'><name>{}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>"
    "<os><type arch='x86_64'>hvm</type></os></domain>"
)
GUEST = (
    "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {{name: {}}}\n"
    "spec: {{type: qemu, memory: 32MiB, state: stopped}}\n"
)
HIDDEN = (".hidden", ".virt-reconcile", "x.yaml", "web~", "WEB", "web", "null", "e\u0301")


def names(host: LibvirtHost) -> set[str]:
    return set(host.virsh("list", "--all", "--name").split("\n")) - {""}


def test_trees_without_a_fleet_and_guests_with_hidden_names(
    empty_host: LibvirtHost, shell: Shell, tmp_path: Path
) -> None:
    trees = [tmp_path / "one", tmp_path / "two"]
    for tree in trees:
        tree.mkdir()
        (tree / "guest.yaml").write_text(GUEST.format(f"of-{tree.name}"))
        assert shell.run("apply", str(tree), "--yes", "--prune", "--host", empty_host.qemu) == 0, shell.err
    assert names(empty_host) == {"of-one", "of-two"}
    assert "the tree has no Fleet" in shell.out

    for number, name in enumerate(HIDDEN):
        path = empty_host.root / f"given-{number}.xml"
        path.write_text(IDLE.format(name))
        empty_host.virsh("define", str(path))
        path.unlink()
    for tree in trees:
        assert shell.run("destroy", str(tree), "--yes", "--host", empty_host.qemu) == 0, shell.out
    assert names(empty_host) == set(HIDDEN)

    adopted = shell.tree
    assert shell.run("adopt", "--host", f"hv1={empty_host.qemu}", "--to", str(adopted)) == 0, shell.err
    shell.apply()
    shell.expect_nothing_to_do("--prune", "--allow-shrink")
    shell.apply("--prune", "--allow-shrink")
    assert names(empty_host) == set(HIDDEN)

    moved = adopted / "hv1" / ".domains"
    (adopted / "hv1" / "domains").rename(moved)
    shell.write("more.yaml", GUEST.format("more"))
    assert shell("apply", "--yes", "--prune", "--allow-shrink") == 0, shell.out + shell.err
    assert names(empty_host) == {*HIDDEN, "more"}
    assert "skipped, because its folder '.domains' begins with a dot" in shell.out
