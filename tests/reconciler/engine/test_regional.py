"""A plan over one host's part of the tree decides what a plan over the whole tree decides about that host."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.engine.hosts import connect
from reconciler.engine.joined import HostPool
from reconciler.engine.regional import Chosen, Sight, Wider, plan_region, see
from reconciler.engine.round import Planned
from reconciler.engine.round import plan as whole
from reconciler.plan import Options
from reconciler.plan.region import TreeIndex
from specs.compiling.loader import load
from specs.desired import StopPolicy
from specs.identity import Kind
from state import OpenState, open_state
from state.standings import HostStanding
from tests.reconciler.cli.lab import GUEST, UUID, Lab

HOSTS = ("a", "b", "c")
POOL = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: {name}}}
spec: {{host: {host}, type: dir, target: /srv/{name}, build: if-missing}}
"""
NFS = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: nfs}
spec:
  hosts: all
  shared: true
  type: netfs
  target: /srv/nfs
  source: {hosts: [{name: nas}], dir: /export, format: nfs}
"""
NETWORK = """
apiVersion: virt-reconcile/v1
kind: Network
metadata: {{name: {name}}}
spec: {{host: {host}}}
"""
VOLUME = """
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: {name}}}
spec: {{pool: {pool}, capacity: 1GiB{host}}}
"""
DISK = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}}}
spec: {{memory: 1GiB, host: {host}, disks: [{{volume: {{pool: {pool}, name: {name}}}}}]}}
"""


@dataclass
class Regions:
    """Plans over a fleet of three simulated hosts, whole and in parts."""

    lab: Lab
    wide: dict[str, frozenset[str]] = field(default_factory=dict)
    """The hosts that each one's plan took."""

    def planned(self) -> tuple[Planned, dict[str, Planned]]:
        desired = load(self.lab.tree)
        with closing(self._state()) as store:
            hosts = connect(desired.hosts, desired.root, readonly=True)
            full = whole(desired, hosts, store, Options())
            hosts.close()
            index, pool = TreeIndex.of(desired), HostPool(readonly=True)
            self._look(full, store)
            parts = {host: self._part(index, host, pool, store) for host in desired.hosts}
            pool.close()
        return full, parts

    def _look(self, full: Planned, store: OpenState) -> None:
        """Every host was looked at once before."""
        for host, inventory in full.world.inventories.items():
            present = [name for name, _ in inventory.of_kind(Kind.DOMAIN)]
            store.note_standings(HostStanding(host, ""), [], {}, present)

    def _part(self, index: TreeIndex, host: str, pool: HostPool, store: OpenState) -> Planned:
        hosts, chosen = frozenset({host}), Chosen({}, {})
        for _ in range(4):
            joined = pool.of(hosts, index.desired)
            sight = see(index, host, hosts, joined, store, chosen)
            if isinstance(sight, Sight):
                self.wide[host] = hosts
                return plan_region(index, host, sight, joined, store, Options(), chosen)
            assert isinstance(sight, Wider)
            hosts |= sight.hosts
        raise AssertionError("a region that only grows")

    def _state(self) -> OpenState:
        return open_state(str(self.lab.tree / ".virt-reconcile/state.db"), fleet="shop", uuid=UUID)

    def agree(self) -> Planned:
        """Asserts that both say the same, and gives the whole plan."""
        full, parts = self.planned()
        for host, part in parts.items():
            assert _about(part, host) == _about(full, host), host
        together = {action.id for part in parts.values() for action in part.plan.actions}
        assert together == {action.id for action in full.plan.actions}
        return full


def _about(planned: Planned, host: str) -> tuple[object, ...]:
    plan = planned.plan
    verdicts = {
        v.address: (v.status, v.problem, v.differences)
        for v in plan.verdicts
        if v.host == host and (v.address.kind is not Kind.VOLUME or v.address.host)  # shared: seen by any
    }
    actions = {a.id: (a.operation, a.reasons, a.deferred, a.expects) for a in plan.actions if a.host == host}
    refreshes = {refresh.address for refresh in plan.refreshes if refresh.address.host == host}
    return verdicts, actions, refreshes


@pytest.fixture
def regions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Regions:
    lab = Lab(tmp_path, capsys)
    lab.fleet(prune=True, a=lab.uri("a"), b=lab.uri("b"), c=lab.uri("c"))
    for number, host in enumerate(HOSTS):
        lab.guest(f"web{number}", host=host)
        lab.write(f"{host}/pool.yaml", POOL.format(name="data", host=host))
        lab.write(f"{host}/net.yaml", NETWORK.format(name="lan", host=host))
        lab.write(
            f"{host}/disk.yaml", VOLUME.format(name=f"disk{number}", pool="data", host=f", host: {host}")
        )
        lab.write(f"{host}/store.yaml", DISK.format(name=f"disk{number}", host=host, pool="data"))
    return Regions(lab)


def test_what_is_new_is_planned_alike(regions: Regions) -> None:
    assert len(regions.agree().plan.changes) > 12
    assert all(len(hosts) == 1 for hosts in regions.wide.values())


def test_nothing_to_do_is_nothing_to_do(regions: Regions) -> None:
    regions.lab.applied()
    assert not regions.agree().plan.actions


def test_drift_edits_and_removals(regions: Regions) -> None:
    lab = regions.lab
    lab.applied()
    driver = lab.driver("b")
    driver.lifecycle.stop(Kind.DOMAIN, "web1", StopPolicy(methods=(), deadline=0, force=True))
    driver.close()
    lab.guest("web0", memory="2GiB", host="a")
    (lab.tree / "web2.yaml").unlink()
    assert {action.verb for action in regions.agree().plan.actions} >= {"start", "define", "undefine"}
    assert all(len(hosts) == 1 for hosts in regions.wide.values())


def test_a_move_takes_both_hosts_and_no_third(regions: Regions) -> None:
    lab = regions.lab
    lab.applied()
    lab.guest("web0", host="b")
    full = regions.agree()
    assert [action.verb for action in full.plan.changes] == ["migrate"]
    assert regions.wide == {"a": {"a", "b"}, "b": {"a", "b"}, "c": {"c"}}


def test_a_move_of_what_the_state_has_forgotten(regions: Regions) -> None:
    lab = regions.lab
    lab.applied()
    (lab.tree / ".virt-reconcile/state.db").unlink()
    lab.guest("web0", host="b")
    full = regions.agree()
    assert [action.verb for action in full.plan.changes] == ["migrate"]


def test_an_absent_host_blocks_what_was_on_it_wherever_it_is_to_be(regions: Regions) -> None:
    lab = regions.lab
    lab.applied()
    lab.guest("web0", host="b")
    lab.fleet(prune=True, a="sim:///nowhere/at/all.db?host=a", b=lab.uri("b"), c=lab.uri("c"))
    full = regions.agree()
    assert "a" in full.plan.unreachable


def test_a_renamed_guest(regions: Regions) -> None:
    lab = regions.lab
    lab.guest("web0", host="a", state="stopped")
    lab.applied()
    (lab.tree / "web0.yaml").unlink()
    text = GUEST.format(name="shop", memory="1GiB", state="stopped", host="a")
    lab.write("shop.yaml", text.replace("name: shop,", "name: shop, formerly: web0,"))
    assert "rename" in {action.verb for action in regions.agree().plan.actions}


def test_shared_storage_binds_no_hosts_together(regions: Regions) -> None:
    lab = regions.lab
    lab.write("nfs.yaml", NFS)
    lab.write("shared.yaml", VOLUME.format(name="guest", pool="nfs", host=""))
    lab.write("guest.yaml", DISK.format(name="guest", host="b", pool="nfs"))
    _, parts = regions.planned()
    assert all(len(hosts) == 1 for hosts in regions.wide.values())
    assert {"define Domain/guest", "start Domain/guest"} <= {a.id for a in parts["b"].plan.actions}
    lab.applied()
    assert not regions.agree().plan.actions


def test_a_guest_after_one_elsewhere_takes_that_host(regions: Regions) -> None:
    lab = regions.lab
    text = GUEST.format(name="late", memory="1GiB", state="running", host="a")
    lab.write("late.yaml", text.rstrip().removesuffix("}") + ", after: [web2]}\n")
    _, parts = regions.planned()
    assert regions.wide["a"] == {"a", "c"}
    assert "start Domain/web2" in {action.id for action in parts["a"].plan.actions}
