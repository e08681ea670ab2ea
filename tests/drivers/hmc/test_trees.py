"""Trees as people write them: applied, then nothing is left to do, with the state and without it; and every
edit is seen, and made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.cli.main import call
from specs.identity import Kind
from tests.drivers.hmc.conftest import Power, powered
from tests.drivers.hmc.console import PASSWORD

QUOTA = (
    "<domain><cputune><global_period>100000</global_period><global_quota>{}</global_quota></cputune></domain>"
)
HEAD = """
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {{name: power}}
spec: {{external: {{pools: [vios1.datavg, vios1.physical-volumes, vios1.media-repository]}}, prune: true,
  maxShrink: 100%, maxDeletions: 99}}
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

    def forget(self) -> None:
        for file in self.folder.glob("state.db*"):
            file.unlink()
        shutil.rmtree(self.folder / "tree" / ".virt-reconcile", ignore_errors=True)


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
MEDIUM = {"pool": "vios1.media-repository", "name": "bg_7f81628b_thorst_config.iso"}


def _domain(name: str, **spec: Any) -> dict[str, Any]:
    return {"kind": "Domain", "name": name, "spec": {"memory": "512MiB", "vcpus": 1, **spec}}


def _volume(name: str, size: str = "64MiB") -> dict[str, Any]:
    return {"kind": "Volume", "name": name, "spec": {"pool": "vios1.datavg", "capacity": size}}


def _disk(name: str) -> dict[str, Any]:
    return {"volume": {"pool": "vios1.datavg", "name": name}}


def varied() -> list[dict[str, Any]]:
    """Domains of every form that a partition can have."""
    memories = ["512MiB", {"size": "256MiB", "max": "2GiB"}]
    vcpus = [1, {"count": 1, "max": 4}, {"count": 2, "max": 2}]
    processors: list[dict[str, Any]] = [
        {},
        {"shares": 0},
        {"shares": 255},
        {"xml": QUOTA.format(90000)},
        {"kvm": {"hintDedicated": True}},
    ]
    states = ["running", "stopped"]
    found = [
        _domain(f"v{number}", memory=memory, vcpus=count, state=states[number % 2], **extra)
        for number, (memory, count, extra) in enumerate(product(memories, vcpus, processors))
    ]
    found += [
        _domain("n0", interfaces=[{"network": "lan"}]),
        _domain("n1", interfaces=[{"network": "lan"}, {"network": "dmz", "mac": "52:54:00:aa:00:01"}]),
        _domain("n2", interfaces=[{"network": "flat", "vlan": {"tags": [5, 6], "trunk": True}}]),
        _domain("d0", disks=[_disk("one"), _disk("two")]),
        _domain("d1", disks=[_disk("three"), {"device": "cdrom", "volume": MEDIUM}], state="stopped"),
        _domain("d2", disks=[{"volume": {"pool": "vios1.physical-volumes", "name": "hdisk4"}}]),
        _domain("i0", machine="ibmi", state="stopped"),
        _domain("a0", autostart=True, state="stopped"),
        _domain("a1", autostart=False),
        _domain(
            "x0", memory="8GiB", vcpus={"count": 8, "max": 16}, shares=7, interfaces=[{"network": "lan"}]
        ),
        _domain("name with_every.thing-allowed", state="stopped"),
    ]
    return [*NETWORKS, *(_volume(name) for name in ("one", "two", "three", "spare")), *found]


def test_nothing_is_left_to_do_after_an_apply(lab: tuple[Power, Tree]) -> None:
    power, tree = lab
    specs = varied()
    assert len([each for each in specs if each["kind"] == "Domain"]) >= 40
    tree.write(specs)
    code, said = tree("validate")
    assert code == 0, said
    tree.apply()
    tree.assert_converged()
    tree.forget()
    tree.assert_converged()
    seen = power.host.observe.inventory().objects
    assert {name for kind, name in seen if kind is Kind.DOMAIN} == {
        e["name"] for e in specs if e["kind"] == "Domain"
    }


def _edited(which: str) -> tuple[dict[str, Any], str]:
    """A spec after one edit, and where the plan must show it."""
    base = {"memory": {"size": "512MiB", "max": "2GiB"}, "vcpus": {"count": 1, "max": 4}, "shares": 64}
    disk, nic = {"disks": [_disk("one")]}, {"interfaces": [{"network": "dmz", "mac": "52:54:00:00:01:01"}]}
    edits: dict[str, tuple[dict[str, Any], str]] = {
        "memory": ({"memory": {"size": "1GiB", "max": "2GiB"}}, "currentMemory"),
        "memory_max": ({"memory": {"size": "512MiB", "max": "4GiB"}}, "memory"),
        "vcpus": ({"vcpus": {"count": 3, "max": 4}}, "vcpu/@current"),
        "vcpus_max": ({"vcpus": {"count": 1, "max": 8}}, "vcpu"),
        "shares": ({"shares": 200}, "cputune/shares"),
        "quota": ({"xml": QUOTA.format(70000)}, "global_quota"),
        "nic": (nic, "devices/interface"),
        "disk": (disk, "devices/disk"),
        "cd": ({"disks": [{"device": "cdrom", "volume": MEDIUM}]}, "devices/disk"),
        "dedicated": ({"shares": None, "kvm": {"hintDedicated": True}}, "hint-dedicated"),
        "autostart": ({"autostart": True}, "autostart"),
        "stopped": ({"state": "stopped"}, "power"),
    }  # fmt: skip
    if which == "":
        return base, ""
    change, path = edits[which]
    after = {**base, **change}
    return {name: value for name, value in after.items() if value is not None}, path


EDITS = (
    "memory", "memory_max", "vcpus", "vcpus_max", "shares", "quota", "nic", "disk", "cd", "dedicated",
    "autostart", "stopped",
)  # fmt: skip
LIVE = frozenset({"memory", "vcpus", "shares", "quota", "nic", "disk", "cd"})


def test_every_edit_is_seen_and_made(lab: tuple[Power, Tree]) -> None:
    """Live where the matrix says so; the others stop a guest for it, as its policy allows; and back again."""
    power, tree = lab
    shared = [*NETWORKS, _volume("one"), _volume("two")]
    names = {which: which.replace("_", "-") for which in EDITS}
    before = [_domain(name, restart="if-needed", **_edited("")[0]) for name in names.values()]
    after = [_domain(name, restart="if-needed", **_edited(which)[0]) for which, name in names.items()]
    tree.write([*shared, *before])
    tree.apply()
    for specs in (after, before):
        tree.write([*shared[:-1], _volume("two", "128MiB"), *specs])
        _, said = tree("plan", "-o", "json")
        shown = {each["address"]: json.dumps(each) for each in json.loads(said)["resources"]}
        for which, name in names.items():
            assert _edited(which)[1] in shown[f"Domain/{name}"], (which, shown[f"Domain/{name}"])
        starts = [name for name, _ in power.console.jobs.asked].count("PowerOn")
        tree.apply()
        tree.assert_converged()
        restarted = [name for name, _ in power.console.jobs.asked].count("PowerOn") - starts
        assert restarted == len(set(EDITS) - LIVE - {"autostart", "stopped"}) + (specs is before)
    assert "134217728" in power.see(Kind.VOLUME, "vios1.datavg/two").document
    tree.forget()
    tree.assert_converged()
    code, said = tree("destroy", "--yes")
    assert code == 0, said
    left = power.host.observe.inventory().objects
    assert not [name for kind, name in left if kind in (Kind.DOMAIN, Kind.NETWORK)]


def test_a_creation_of_which_the_reply_got_lost_is_ended_by_the_next_apply(lab: tuple[Power, Tree]) -> None:
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


def test_what_a_power_system_cannot_have_is_said_offline(lab: tuple[Power, Tree]) -> None:
    power, tree = lab
    power.host.close()
    tree.write([_domain("web", memory="1000MiB", graphics=["vnc"], video={"model": "vga"}, firmware="uefi")])
    code, said = tree("validate")
    assert code == 3
    for word in ("graphics", "firmware", "16 MiB", "POWER Hypervisor (HMC)"):
        assert word in said, said
