"""snapshot, snapshots and revert: what is kept, what a revert loses, and what it means for the files."""

from __future__ import annotations

import pytest

from drivers.simulated import faults
from tests.reconciler.cli.lab import Lab

DISKS = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: guests}
spec: {target: /srv/guests}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: web.qcow2}
spec: {pool: guests, capacity: 1GiB, format: qcow2}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: data.qcow2}
spec: {pool: guests, capacity: 1GiB, format: qcow2}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: plain.img}
spec: {pool: guests, capacity: 1GiB, format: raw}
"""
WEB = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec:
  memory: 1GiB
  vcpus: {vcpus}
  disks: [{disks}]
"""
VDA = "{target: vda, volume: {pool: guests, name: web.qcow2}}"
VDB = "{target: vdb, volume: {pool: guests, name: data.qcow2}}"


@pytest.fixture
def kept(lab: Lab) -> Lab:
    """A guest with a disk that holds snapshots, one with one that does not, and one without any."""
    lab.write("disks.yaml", DISKS)
    web(lab)
    plain = WEB.format(vcpus=1, disks="{target: vda, volume: {pool: guests, name: plain.img}}")
    lab.write("raw.yaml", plain.replace("web", "raw"))
    lab.guest("bare")
    lab.applied()
    return lab


def web(lab: Lab, vcpus: int = 1, disks: str = VDA) -> None:
    lab.write("web.yaml", WEB.format(vcpus=vcpus, disks=disks))


def names(lab: Lab, name: str = "web") -> list[str]:
    (guest,) = lab("snapshots", name, "TREE", "-o", "json").json["guests"]
    return [each["name"] for each in guest["snapshots"]]


def document(lab: Lab) -> str:
    driver = lab.driver()
    seen = {o.name: o.document for o in driver.observe.inventory().objects.values()}
    driver.close()
    return seen["web"]


def test_what_a_guest_was_comes_back_and_the_files_are_applied_again(kept: Lab) -> None:
    said = kept("snapshot", "web", "TREE", "--name", "before", "--description", "an upgrade", "--yes")
    assert (said.code, "it is paused while its memory is written" in said.out) == (0, True), said.err
    then = document(kept)
    web(kept, vcpus=2)
    kept.applied()
    assert document(kept) != then
    said = kept("revert", "web", "TREE")
    assert (said.code, "this loses what was written since of web" in said.err) == (1, True)
    assert "LOST: all that was written to vda since" in said.out
    assert "the next plan shows what differs from the files, and apply heals it" in said.out
    said = kept("revert", "web", "before", "TREE", "--allow-data-loss", "--yes")
    assert said.code == 0, said.out + said.err
    assert document(kept) == then
    assert names(kept)[0] == "before"
    assert names(kept)[1].startswith("vr-safety-")
    assert len(names(kept)) == 2
    kept.applied()
    assert document(kept) != then
    assert "No changes" in kept("plan", "TREE").out
    table = kept("snapshots", "TREE").out
    assert "running, with memory" in table
    assert "an upgrade" in table
    said = kept("snapshot", "web", "TREE", "--delete", "before", "--yes")
    assert "nobody can go back to" in said.out
    assert len(names(kept)) == 1


def test_what_cannot_be_done_says_why_and_does_nothing(kept: Lab) -> None:
    said = kept("snapshot", "raw", "bare", "TREE", "--yes")
    assert said.code == 1
    assert "no snapshot can be taken: disk vda is raw, and only qcow2 holds snapshots" in said.out
    assert "no snapshot can be taken: it has no disk that could hold one" in said.out
    kept("snapshot", "web", "TREE", "--name", "one", "--yes")
    assert "has a snapshot 'one' already" in kept("snapshot", "web", "TREE", "--name", "one", "--yes").out
    for command in (("revert", "web", "ona"), ("snapshot", "web", "--delete", "ona")):
        said = kept(*command, "TREE", "--yes")
        assert (said.code, "has no snapshot 'ona'; did you mean 'one'?" in said.out) == (1, True)
    said = kept("revert", "bare", "TREE", "--yes")
    assert "it has no snapshot (it has no disk that could hold one)" in said.out
    assert "too many words" in kept("revert", "web", "one", "two", "TREE").err
    assert "give one of them" in kept("snapshot", "web", "TREE", "--list", "--delete", "one").err
    assert "'wep'; did you mean 'web'?" in kept("snapshot", "wep", "TREE").err
    assert names(kept) == ["one"]


def test_disks_that_came_and_went_meanwhile(kept: Lab) -> None:
    kept("snapshot", "web", "TREE", "--name", "one", "--yes")
    web(kept, disks=f"{VDA}, {VDB}")
    kept.applied()
    kept("snapshot", "web", "TREE", "--name", "two", "--yes")
    said = kept("revert", "web", "one", "TREE", "--yes")
    assert "added since, and not in it: vdb: detached by it, with all that is on them" in said.out
    web(kept)
    kept.applied()
    said = kept("revert", "web", "two", "TREE", "--allow-data-loss", "--yes")
    assert said.code == 1
    assert "disk vdb (guests/data.qcow2) was there then and is not now" in said.out
    web(kept, disks=VDA.replace("web.qcow2", "data.qcow2"))
    kept("apply", "TREE", "--yes")
    kept("stop", "web", "TREE", "--yes")
    said = kept("revert", "web", "one", "TREE", "--allow-data-loss", "--yes")
    assert "disk vda was guests/web.qcow2 then and is guests/data.qcow2 now" in said.out


def test_only_ours_are_dropped_and_three_of_them_stay(kept: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    kept("snapshot", "web", "TREE", "--name", "theirs", "--yes")
    clock = iter(f"20261127-00000{number}" for number in range(9))
    monkeypatch.setattr("reconciler.plan.safety.stamp", lambda _: next(clock))
    for _ in range(5):
        assert kept("revert", "web", "theirs", "TREE", "--allow-data-loss", "--yes").code == 0
    left = names(kept)
    assert left[0] == "theirs"
    assert left[1:] == [f"vr-safety-20261127-00000{number}" for number in (2, 3, 4)]


def test_a_lost_reply_and_a_kill_leave_one_snapshot(kept: Lab) -> None:
    faults.inject(kept.path / "sim.db", "hv1", "take_snapshot", "web", "lost-reply")
    said = kept("snapshot", "web", "TREE", "--name", "one", "--yes")
    assert said.code == 0, said.out + said.err
    assert names(kept) == ["one"]


def test_a_removal_says_which_snapshots_go(kept: Lab) -> None:
    kept("snapshot", "web", "TREE", "--name", "one", "--yes")
    said = kept("destroy", "TREE", "--only", "Domain/web")
    assert "lost with it: snapshots (one)" in said.out


def safe(lab: Lab, name: str, disk: str, vcpus: int, wanted: str) -> None:
    text = WEB.format(vcpus=vcpus, disks=f"{{target: vda, volume: {{pool: guests, name: {disk}}}}}")
    more = f"  restart: if-needed\n  safetySnapshot: {wanted}\n" if wanted else "  restart: if-needed\n"
    lab.write(f"{name}.yaml", text.replace("name: web}", f"name: {name}}}", 1) + more)


def test_a_snapshot_is_taken_before_what_costs_a_guest_something(kept: Lab) -> None:
    safe(kept, "web", "web.qcow2", 1, "true")
    safe(kept, "raw", "plain.img", 1, "true")
    kept.applied()
    assert names(kept) == []  # nothing was disruptive
    safe(kept, "web", "web.qcow2", 2, "true")
    safe(kept, "raw", "plain.img", 2, "true")
    said = kept("apply", "TREE", "--yes")
    assert said.code == 0, said.out + said.err
    why = (
        "safetySnapshot: true, and no snapshot can be taken: disk vda is raw, and only qcow2 holds snapshots"
    )
    assert why in said.out
    assert [each[:10] for each in names(kept)] == ["vr-safety-"]
    planned = kept("plan", "TREE", "-o", "json").json
    assert {a["address"] for a in planned["actions"] if why in a["deferred"]} == {"Domain/raw"}
    safe(kept, "raw", "plain.img", 2, "if-possible")
    said = kept.applied()
    assert "no safety snapshot is taken before it: disk vda is raw" in said.out
    assert "No changes" in kept("plan", "TREE").out
    kept("stop", "web", "TREE", "--yes")
    kept.applied()
    assert len(names(kept)) == 1


def test_the_fleet_says_it_for_all(kept: Lab) -> None:
    fleet = (kept.tree / "fleet.yaml").read_text()
    kept.write("fleet.yaml", fleet.replace("{uuid", "{defaults: {safetySnapshot: if-possible}, uuid", 1))
    safe(kept, "web", "web.qcow2", 2, "")
    kept.applied()
    assert len(names(kept)) == 1


def test_snapshots_of_people_hold_a_guest_and_ours_do_not(lab: Lab) -> None:
    lab.fleet(hv1=f"{lab.uri()}&shared=/srv/guests", hv2=f"{lab.uri('hv2')}&shared=/srv/guests")
    lab.write("disks.yaml", DISKS.replace("target:", "hosts: all, shared: true, target:"))

    def on(host: str) -> None:
        lab.write("web.yaml", WEB.format(vcpus=1, disks=VDA) + f"  host: {host}\n")

    on("hv1")
    lab.applied()
    lab("snapshot", "web", "TREE", "--name", "mine", "--yes")
    lab("snapshot", "web", "TREE", "--name", "vr-safety-1", "--yes")
    on("hv2")
    said = lab("plan", "TREE")
    assert "it has snapshots (mine), and no guest moves with snapshots" in said.out
    lab("snapshot", "web", "TREE", "--delete", "mine", "--yes")
    said = lab.applied()
    assert "drop-snapshot vr-safety-1" in said.out
    assert lab.domains("hv2")["web"] == "running"
    lab.assert_converged()
