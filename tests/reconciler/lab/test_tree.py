"""The tree that a lab begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.lab.host import LabHost
from reconciler.lab.tree import digests, is_untouched, tree_files
from specs.compiling.loader import load
from specs.identity import Kind


def written(folder: Path, *, guests: bool, number: int = 3) -> dict[str, bytes]:
    hosts = [
        LabHost(f"hv{i}", folder / "hosts" / f"hv{i}", address=f"10.0.0.{i}") for i in range(1, number + 1)
    ]
    files = tree_files(hosts, folder / "shared", guests=guests)
    (folder / "tree").mkdir()
    for name, content in files.items():
        (folder / "tree" / name).write_bytes(content)
    return files


@pytest.mark.parametrize("number", [1, 3])
def test_it_declares_every_host_and_where_others_reach_it(tmp_path: Path, number: int) -> None:
    written(tmp_path, guests=False, number=number)
    desired = load(tmp_path / "tree")
    assert {name: host.migration.address for name, host in desired.hosts.items()} == {
        f"hv{i}": f"10.0.0.{i}" for i in range(1, number + 1)
    }
    for host in desired.hosts.values():
        socket = tmp_path / "hosts" / host.name / "sock/libvirt-sock"
        assert host.uri == f"qemu+unix:///system?socket={socket}"


def test_every_host_has_the_network_and_both_pools(tmp_path: Path) -> None:
    written(tmp_path, guests=False)
    found = {
        (item.address.kind, item.native, item.host) for item in load(tmp_path / "tree").resources.values()
    }
    assert found == {
        (kind, name, f"hv{i}")
        for i in (1, 2, 3)
        for kind, name in (
            (Kind.NETWORK, "lan"), (Kind.STORAGE_POOL, "shared"), (Kind.STORAGE_POOL, "images"),
        )
    }  # fmt: skip


def test_one_guest_has_a_shared_disk_and_one_its_own(tmp_path: Path) -> None:
    written(tmp_path, guests=True)
    resources = load(tmp_path / "tree").resources.values()
    storage = {item.native: item.migration.storage for item in resources if item.address.kind is Kind.DOMAIN}
    assert storage == {"nomad": "shared", "settler": "copy"}
    volumes = {item.native for item in resources if item.address.kind is Kind.VOLUME}
    assert volumes == {"shared/nomad.img", "images/settler.img"}


def test_it_is_untouched_until_somebody_changes_it(tmp_path: Path) -> None:
    made = digests(written(tmp_path, guests=True))
    tree = tmp_path / "tree"
    assert is_untouched(tree, made)
    (tree / "mine.yaml").write_text("")
    assert not is_untouched(tree, made)
    (tree / "mine.yaml").unlink()
    (tree / "fleet.yaml").write_text("# mine")
    assert not is_untouched(tree, made)
    assert is_untouched(tmp_path / "nowhere", made)
