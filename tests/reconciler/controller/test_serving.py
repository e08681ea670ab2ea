"""The service: hosts are brought to what the tree says, each in rounds of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.base import Text
from drivers.simulated import faults
from reconciler.engine.round import Planned
from reconciler.plan.model import Status
from specs.identity import Kind
from tests.reconciler.cli.lab import Lab
from tests.reconciler.controller.serving import Fleet


@pytest.fixture
def fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Fleet:
    lab = Lab(tmp_path, capsys)
    lab.fleet(a=lab.uri("a"), b=lab.uri("b"), c=lab.uri("c"))
    for host in "abc":
        lab.guest(f"web-{host}", host=host)
    return Fleet(lab)


def test_all_hosts_converge(fleet: Fleet) -> None:
    with fleet.running():
        fleet.settles()
    assert all(fleet.lab.domains(host) == {f"web-{host}": "running"} for host in "abc")
    assert fleet.log == []


def test_a_change_on_one_host_costs_that_host(fleet: Fleet) -> None:
    with fleet.running():
        fleet.rests()
        fleet.plans.clear()
        driver = fleet.lab.driver("b")
        driver.live.set_text("web-b", Text.DESCRIPTION, "somebody was here")
        driver.close()
        fleet.serving.tenure.tell(["b"])
        fleet.settles()
    assert {host for host, _ in fleet.plans} == {"b"}


def test_an_edited_file_is_done_on_its_host_at_once(fleet: Fleet) -> None:
    with fleet.running():
        fleet.rests()
        fleet.plans.clear()
        fleet.lab.guest("more", host="c")
        fleet.edited()
        fleet.until(lambda: "more" in fleet.lab.domains("c"))
        fleet.settles()
    assert {host for host, _ in fleet.plans} == {"c"}


def test_a_move_is_one_round_over_both_hosts(fleet: Fleet) -> None:
    with fleet.running():
        fleet.settles()
        fleet.lab.guest("web-a", host="b")
        fleet.edited()
        fleet.until(lambda: "web-a" in fleet.lab.domains("b"))
        fleet.settles()
    assert fleet.lab.domains("a") == {}


def test_a_dead_host_is_told_and_the_others_are_served(fleet: Fleet) -> None:
    faults.inject(fleet.lab.path / "sim.db", "a", "open", "*", "unreachable", times=-1)
    with fleet.running():
        fleet.until(lambda: fleet.lab.domains("b") == {"web-b": "running"})
        store = fleet.state()
        fleet.until(lambda: bool(store.host_standings().get("a") and store.host_standings()["a"].problem))
        store.close()
        faults.clear(fleet.lab.path / "sim.db")
        fleet.settles()


def test_nothing_new_is_made_before_every_host_was_looked_at(fleet: Fleet) -> None:
    """With a lost state, a guest that was moved runs somewhere that only looking tells."""
    with fleet.running():
        fleet.settles()
    (fleet.lab.path / "state.db").unlink()
    fleet.lab.guest("web-c", host="a")
    fleet.stop.clear()
    fleet.plans.clear()
    with fleet.running(workers=1):
        fleet.until(lambda: "web-c" in fleet.lab.domains("a"))
        fleet.settles()
    assert fleet.lab.domains("c") == {}
    assert not any(action.id == "define Domain/web-c" for action in fleet.done())


def test_observing_changes_nothing(fleet: Fleet) -> None:
    with fleet.running(observe=True):
        fleet.until(lambda: {host for host, _ in fleet.plans} == set("abc"))
    assert not (fleet.lab.path / "sim.db").exists() or not fleet.lab.domains("a")


def test_a_tree_of_another_fleet_is_served_under_its_own_name(fleet: Fleet) -> None:
    with fleet.running():
        fleet.settles()
        first = fleet.serving
        fleet.lab.fleet(name="other", uuid="", a=fleet.lab.uri("a"))
        for host in "bc":
            (fleet.lab.tree / f"web-{host}.yaml").unlink()
        fleet.edited()
        fleet.until(lambda: fleet.service.serving not in (None, first))


SHARED = """
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
VOLUME = """
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: disk}
spec: {pool: nfs, capacity: 1GiB, onDelete: delete}
"""
STRANGER = """<domain type='qemu'><name>stranger</name><memory unit='MiB'>64</memory><os><type>hvm</type></os>
<devices><disk type='volume' device='disk'>
<source pool='nfs' volume='disk'/><target dev='vda'/></disk></devices></domain>"""


def test_shared_storage_is_not_taken_from_a_guest_on_another_host(fleet: Fleet) -> None:
    lab = fleet.lab
    lab.fleet(prune=True, a=lab.uri("a"), b=lab.uri("b"), c=lab.uri("c"))
    lab.write("nfs.yaml", SHARED)
    lab.write("disk.yaml", VOLUME)
    with fleet.running(allow_data_loss=True):
        fleet.settles()
        driver = lab.driver("c")
        driver.lifecycle.define(Kind.DOMAIN, "stranger", STRANGER)
        driver.close()
        (lab.tree / "disk.yaml").unlink()
        fleet.plans.clear()
        fleet.edited()
        fleet.until(lambda: any(planned.plan.verdicts and _kept(planned) for _, planned in fleet.plans))
    driver = lab.driver("a")
    assert (Kind.VOLUME, "nfs/disk") in driver.observe.inventory().objects
    driver.close()


def _kept(planned: Planned) -> bool:
    kept = [v.problem for v in planned.plan.verdicts if v.status is Status.KEPT and v.address.name == "disk"]
    return any("stranger on c" in problem for problem in kept)


PLACED = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: anywhere}
spec: {memory: 1GiB, placement: {}}
"""


def test_a_guest_without_a_host_is_given_one_and_leaves_it_for_maintenance(fleet: Fleet) -> None:
    lab = fleet.lab
    lab.write("anywhere.yaml", PLACED)

    def homes() -> list[str]:
        return [host for host in "abc" if lab.domains(host).get("anywhere") == "running"]

    with fleet.running():
        fleet.until(lambda: len(homes()) == 1)
        (first,) = homes()
        text = (lab.tree / "fleet.yaml").read_text()
        drained = text.replace(f'host={first}"', f'host={first}", maintenance: true')
        assert drained != text
        lab.write("fleet.yaml", drained)
        fleet.edited()
        fleet.until(lambda: len(homes()) == 1 and homes() != [first])
        fleet.settles()


def test_hosts_that_freeze_at_the_same_time_do_not_take_all_workers(fleet: Fleet) -> None:
    for host in "ab":
        faults.inject(fleet.lab.path / "sim.db", host, "observe", "*", "hang", times=1_000_000)
    with fleet.running(workers=2):
        fleet.until(lambda: fleet.lab.domains("c") == {"web-c": "running"})
