"""Trees as people write them, beside what the contract tries of them
(tests/drivers/hosts/hmc_specimens.py)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.cli.main import call
from specs.identity import Kind
from tests.drivers.hmc.conftest import DISK, DRIVE, NIC, Power, powered
from tests.drivers.hmc.console import PASSWORD

HEAD = """
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {{name: power}}
spec: {{uuid: 2b0f7c1a-5d3e-4a6b-9c8d-1e2f3a4b5c6d, prune: true, maxShrink: 100%, maxDeletions: 99,
  external: {{pools: [vios1.datavg]}}}}
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: p1}}
spec: {{uri: "{uri}", credentials: {{password: {{env: VR_HMC}}}}}}
"""


@dataclass
class Tree:
    """A folder with a tree and its state, and the program over them."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def write(self, specs: list[dict[str, Any]]) -> None:
        documents = [
            {
                "apiVersion": "virt-reconcile/v1",
                "kind": each["kind"],
                "metadata": {"name": each["name"]},
                "spec": each["spec"],
            }
            for each in specs
        ]
        (self.folder / "tree" / "all.yaml").write_text(yaml.safe_dump_all(documents))

    def __call__(self, verb: str, *arguments: str) -> tuple[int, str]:
        state = f"sqlite://{self.folder}/state.db"
        self.capsys.readouterr()
        where = [] if verb == "validate" else ["--state", state]
        code = call([verb, str(self.folder / "tree"), *where, *arguments])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out + said.err

    def apply(self) -> str:
        code, said = self("apply", "--yes")
        assert code == 0, said
        assert "does not keep" not in said
        return said

    def assert_converged(self) -> None:
        code, said = self("plan", "--detailed-exitcode")
        assert (code, "No changes" in said) == (0, True), said


@pytest.fixture
def lab(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Power, Tree]]:
    monkeypatch.setenv("VR_HMC", PASSWORD)
    with powered() as power:
        (tmp_path / "tree").mkdir()
        (tmp_path / "tree" / "fleet.yaml").write_text(HEAD.format(uri=power.uri()))
        yield power, Tree(tmp_path, capsys)


NETWORKS = [
    {"kind": "Network", "name": "lan", "spec": {"vlan": 213, "forward": {"mode": "bridge"}}},
    {"kind": "Network", "name": "dmz", "spec": {"vlan": 7}},
    {"kind": "Network", "name": "flat", "spec": {"vlan": 1, "bridge": "ETHERNET0(Default)"}},
]


def _domain(name: str, **spec: Any) -> dict[str, Any]:
    return {"kind": "Domain", "name": name, "spec": {"memory": "512MiB", "vcpus": 1, **spec}}


def _volume(name: str, size: str = "64MiB") -> dict[str, Any]:
    return {"kind": "Volume", "name": name, "spec": {"pool": "vios1.datavg", "capacity": size}}


def _disk(name: str) -> dict[str, Any]:
    return {"volume": {"pool": "vios1.datavg", "name": name}}


def test_a_guest_is_stopped_for_what_needs_it_and_for_nothing_else(lab: tuple[Power, Tree]) -> None:
    """Live where the matrix says so; the rest as the guest's policy allows; at last all that is ours goes."""
    power, tree = lab
    room = {"memory": {"size": "512MiB", "max": "2GiB"}, "vcpus": {"count": 1, "max": 4}}
    roomy = {**room, "restart": "if-needed"}
    held = {**room, "restart": "never"}
    before = [
        _domain("live", **roomy),
        _domain("cold", **roomy),
        _domain("held", **held),
        _domain("off", **roomy),
    ]
    more = {"memory": {"size": "1GiB", "max": "2GiB"}}
    most = {"memory": {"size": "512MiB", "max": "4GiB"}}
    after = [
        _domain("live", **{**roomy, **more, "interfaces": [{"network": "dmz"}], "disks": [_disk("one")]}),
        _domain("cold", **{**roomy, **most}),
        _domain("held", **{**held, **most}),
        _domain("off", **{**roomy, "state": "stopped", "autostart": True}),
    ]
    tree.write([*NETWORKS, _volume("one"), *before])
    tree.apply()
    tree.assert_converged()
    starts = [name for name, _ in power.console.jobs.asked].count("PowerOn")
    tree.write([*NETWORKS, _volume("one", "128MiB"), *after])
    assert "1 resource waits for a restart" in tree.apply()
    assert [name for name, _ in power.console.jobs.asked].count("PowerOn") == starts + 1
    assert "134217728" in power.see(Kind.VOLUME, "vios1.datavg/one").document
    code, said = tree("destroy", "--yes")
    assert code == 0, said
    left = power.host.observe.inventory().objects
    assert not [name for kind, name in left if kind in (Kind.DOMAIN, Kind.NETWORK)]


def test_a_creation_whose_reply_got_lost_is_ended_by_the_next_apply(lab: tuple[Power, Tree]) -> None:
    power, tree = lab
    tree.write(
        [*NETWORKS, _volume("one"), _domain("web", disks=[_disk("one")], interfaces=[{"network": "lan"}])]
    )
    power.console.fault("PUT .*LogicalPartition$", "cut-after")
    code, said = tree("apply", "--yes")
    assert code == 1, said
    tree.apply()
    tree.assert_converged()
    assert len(power.console.resources.of("LogicalPartition")) == 1
    assert len(power.console.resources.of("ClientNetworkAdapter")) == 1
    tree.write([*NETWORKS, _volume("one")])
    code, said = tree("apply", "--yes")  # what the tree declares no more is known to be ours without a mark
    assert code == 0, said
    assert power.console.resources.of("LogicalPartition") == [], said


def test_what_is_there_is_adopted_by_the_trees_own_login_and_plans_empty(lab: tuple[Power, Tree]) -> None:
    power, tree = lab
    power.shared()
    power.define(NIC + DISK + DRIVE, more="<cputune><shares>9</shares></cputune>")
    folder = str(tree.folder / "tree")
    assert call(["adopt", "--host", f"p1={power.uri()}", "--to", folder, "--yes"]) == 0
    assert "hsc" not in (tree.folder / "tree" / "p1" / "domains" / "web.yaml").read_text()
    tree.assert_converged()


def test_what_a_power_system_cannot_have_is_said_offline(lab: tuple[Power, Tree]) -> None:
    power, tree = lab
    power.host.close()
    tree.write([_domain("web", memory="1000MiB", graphics=["vnc"], video={"model": "vga"}, firmware="uefi")])
    code, said = tree("validate")
    assert code == 3
    for word in ("graphics", "firmware", "16 MiB", "POWER Hypervisor (HMC)"):
        assert word in said, said
