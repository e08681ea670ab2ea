"""What snapshots hold: volumes that grow or go, and names; it is said before, nothing is lost unsaid."""

from __future__ import annotations

import pytest

from tests.reconciler.cli.lab import Lab
from tests.reconciler.cli.test_snapshot import DISKS, VDA, VDB, names, web

NEW = DISKS.replace("format: qcow2}", "format: qcow2, qcow2: {compat: '1.1'}}")


@pytest.fixture
def held(lab: Lab) -> Lab:
    """A guest with a snapshot in both of its disks."""
    lab.fleet(prune=True)
    lab.write("disks.yaml", NEW)
    web(lab, disks=f"{VDA}, {VDB}")
    lab.applied()
    assert lab("snapshot", "web", "TREE", "--name", "one", "--yes").code == 0
    return lab


def test_a_volume_grows_with_its_snapshots_where_its_version_can(held: Lab) -> None:
    held.write("disks.yaml", NEW.replace("1GiB", "2GiB"))
    assert "snapshots within it (one of web) are of its size of then" in held.applied().out
    assert names(held) == ["one"]
    held.assert_converged()


def test_a_volume_of_an_old_version_does_not_grow_with_snapshots(lab: Lab) -> None:
    lab.write("disks.yaml", DISKS)
    web(lab)
    lab.applied()
    lab("snapshot", "web", "TREE", "--name", "one", "--yes")
    lab.write("disks.yaml", DISKS.replace("1GiB", "2GiB"))
    said = lab("apply", "TREE", "--yes")
    assert said.code != 0
    assert "it has snapshots within it (one of web)" in said.out
    assert "snapshot web --delete one removes one" in said.out
    lab("snapshot", "web", "TREE", "--delete", "one", "--yes")
    lab.applied()
    lab.assert_converged()


def test_a_volume_that_goes_says_which_snapshots_go_with_it(held: Lab) -> None:
    held.write("disks.yaml", NEW.replace("format: qcow2,", "format: qcow2, onDelete: delete,"))
    web(held)
    held.applied()
    data = NEW.split("---")
    held.write("disks.yaml", "---".join([*data[:2], data[3]]))
    said = held("plan", "TREE")
    assert "LOST with it: what is within it of snapshots (one of web)" in said.out, said.out


def test_a_guest_with_snapshots_is_not_renamed(held: Lab) -> None:
    held("snapshot", "web", "TREE", "--name", "vr-safety-1", "--yes")
    held("stop", "web", "TREE", "--yes")
    web(held)
    text = (held.tree / "web.yaml").read_text()
    held.write("web.yaml", text.replace("name: web}", "name: shop, formerly: web}", 1))
    said = held("plan", "TREE")
    assert "it has snapshots (one), and no guest is renamed with snapshots" in said.out, said.out
    assert "virsh snapshot-delete web NAME removes one" in said.out
    driver = held.driver()
    driver.snapshots.drop("web", "one")
    driver.close()
    said = held.applied()
    assert "drop-snapshot vr-safety-1" in said.out, said.out
    assert held.domains() == {"shop": "running"}
    assert "no snapshots" in held("snapshots", "TREE").err
    held.assert_converged()


def test_a_renamed_guest_gets_its_safety_snapshot_by_the_next_apply(held: Lab) -> None:
    held("snapshot", "web", "TREE", "--delete", "one", "--yes")
    more = "  state: stopped\n  safetySnapshot: true\n"
    held.write("web.yaml", (held.tree / "web.yaml").read_text() + more)
    held.applied()
    web(held)
    text = (held.tree / "web.yaml").read_text() + more
    held.write("web.yaml", text.replace("name: web}", "name: shop, formerly: web}", 1))
    said = held("apply", "TREE", "--yes")
    assert "it is renamed first" in said.out, said.out
    assert held.domains() == {"shop": "stopped"}
    held.applied()
    assert [each[:10] for each in names(held, "shop")] == ["vr-safety-"]
    held.assert_converged()
