"""hosts: how each is, how full, and what it can do."""

from __future__ import annotations

from tests.reconciler.cli.lab import Lab
from tests.reconciler.cli.test_status import MORE


def test_hosts_tells_how_they_are(shop: Lab) -> None:
    shop.fleet(hv1=shop.uri(), hv9="sim:///nowhere/sim.db")
    shop.write("more.yaml", MORE.format(hv2=shop.uri("hv2"), hv3=shop.uri("hv3")))
    shop("apply", "TREE", "--yes")
    said = shop("hosts", "TREE")
    assert said.code == 1
    table, _, total = said.out.partition("\n\n")
    header, *rows = table.splitlines()
    assert header.split("  ")[0] == "HOST"
    cells = {row.split()[0]: row.split()[1:5] for row in rows[:4]}
    assert cells == {
        "hv1": ["reachable", "2/2", "2/16", "62/64"],
        "hv2": ["maintenance", "0/0", "0/16", "64/64"],
        "hv3": ["fenced", "0/0", "0/16", "64/64"],
        "hv9": ["unreachable", "-", "-", "-"],
    }
    assert rows[4].startswith("hv9: cannot be reached: cannot open /nowhere/sim.db")
    assert rows[5].startswith("hv2: in maintenance")
    assert total == "4 hosts: 1 reachable, 1 maintenance, 1 fenced, 1 unreachable; 2 of 2 guests run\n"
    nowhere = [f"--host=hv{i}=sim:///nowhere/{i}.db" for i in (1, 2, 3)]
    assert shop("hosts", "TREE", *nowhere).out.endswith("4 hosts: 1 fenced, 3 unreachable\n")
    shown = shop("hosts", "TREE", "-o", "json").json
    assert shown["hosts"]["hv1"]["family"] == "sim"
    assert list(shown["unreachable"]) == ["hv9"]
    assert (shown["load"]["hv1"]["running"], shown["load"]["hv9"]["guests"]) == (2, None)


def test_wide_and_json_tell_the_matrix(lab: Lab) -> None:
    lab.fleet(hv1=lab.uri(), t="test:///default")
    said = lab("hosts", "TREE", "-o", "wide")
    header, first, second = said.out.partition("\n\n")[0].splitlines()
    assert header.split("  ")[-1] == "KINDS"
    assert "CHANGES WHILE IT RUNS" in header
    assert "x86_64" in first
    assert "memory, vCPUs, disks in and out" in first
    assert "rename, " in second
    assert "title and description, entries of networks" in second
    row = lab("hosts", "TREE", "-o", "json").json["matrix"]["t"]
    assert row["family"] == "test"
    assert "pause" in row["can"]
    assert row["kinds"] == ["Domain", "Network", "StoragePool", "Volume"]
    assert lab("hosts", "TREE", "-o", "tall").code == 1
