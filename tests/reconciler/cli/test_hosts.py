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
