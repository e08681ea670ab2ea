"""hosts: what each can do."""

from __future__ import annotations

from tests.reconciler.cli.lab import Lab


def test_hosts_tells_what_they_can_do(lab: Lab) -> None:
    lab.fleet(hv1=lab.uri(), hv2="sim:///nowhere/sim.db")
    said = lab("hosts", "TREE")
    assert said.code == 1
    assert "x86_64" in said.out
    assert "64 GiB" in said.out
    assert "hv2: cannot be reached: cannot open /nowhere/sim.db" in said.out
    shown = lab("hosts", "TREE", "-o", "json").json
    assert shown["hosts"]["hv1"]["family"] == "sim"
    assert list(shown["unreachable"]) == ["hv2"]


def test_wide_and_json_tell_the_matrix(lab: Lab) -> None:
    lab.fleet(hv1=lab.uri(), t="test:///default")
    said = lab("hosts", "TREE", "-o", "wide")
    header, first, second = said.out.splitlines()
    assert header.split("  ")[-1] == "KINDS"
    assert "CHANGES WHILE IT RUNS" in header
    assert "memory, vCPUs, disks in and out" in first
    assert "rename, " in second
    assert "title and description, entries of networks" in second
    row = lab("hosts", "TREE", "-o", "json").json["matrix"]["t"]
    assert row["family"] == "test"
    assert "pause" in row["can"]
    assert row["kinds"] == ["Domain", "Network", "StoragePool", "Volume"]
    assert lab("hosts", "TREE", "-o", "tall").code == 1
