"""rebalance proposes a patch of the files; the patched tree moves the guests, and rebalance is content."""

from __future__ import annotations

import subprocess

from tests.reconciler.cli.lab import Lab

_HOST = (
    "---\napiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {{name: {0}}}\n"
    'spec: {{uri: "sim://{1}/fleet.db?host={0}&memory=16GiB"}}\n'
)
_GUEST = """\
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {0}}}
spec:
  # anywhere
  placement: {{hosts: all}}
  memory: 4GiB
"""


def test_a_proposal_is_a_patch_that_evens_the_fleet_out(lab: Lab) -> None:
    folder = lab.tree.parent
    lab.write("fleet.yaml", "apiVersion: virt-reconcile/v1\nkind: Fleet\nmetadata: {name: even}\n")
    lab.write("hosts.yaml", _HOST.format("hv1", folder))
    names = [f"g{number}" for number in range(4)]
    lab.write("guests.yaml", "".join(map(_GUEST.format, names)))
    assert lab("apply", "TREE", "--yes").code == 0
    lab.write("more.yaml", _HOST.format("hv2", folder))
    said = lab("rebalance", "TREE")
    assert said.code == 0, said.err
    assert "2 moves" in said.err
    assert said.out.count("+  host: hv2") == 2
    assert lab("plan", "TREE", "--detailed-exitcode").code == 0
    subprocess.run(["git", "apply", "-"], cwd=lab.tree, input=said.out, text=True, check=True)
    applied = lab("apply", "TREE", "--yes")
    assert applied.code == 0, applied.err
    assert applied.err.count("migrate") == 2
    again = lab("rebalance", "TREE", "-o", "json")
    assert '"moves": []' in again.out
    assert lab("plan", "TREE", "--detailed-exitcode").code == 0
