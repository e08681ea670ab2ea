"""The service: hosts are brought to what the tree says, each in rounds of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.base import Text
from drivers.simulated import faults
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
        fleet.serving.wake(["b"], "event")
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


def test_a_host_that_hangs_delays_no_other(fleet: Fleet) -> None:
    faults.inject(fleet.lab.path / "sim.db", "a", "observe", "*", "hang", times=1_000_000)
    with fleet.running(workers=2):
        fleet.until(lambda: bool(fleet.lab.domains("b")) and bool(fleet.lab.domains("c")))


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
