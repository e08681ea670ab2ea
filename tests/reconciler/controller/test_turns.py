"""What waits is done when its time has come: the end of a decision, its turn in a roll-out."""

from __future__ import annotations

import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.simulated import faults
from specs.desired import StopPolicy
from specs.identity import Kind
from state.decisions import Verb
from tests.reconciler.cli.lab import UUID, Lab
from tests.reconciler.controller.serving import Fleet

FLEET = """
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {{name: shop}}
spec:
  uuid: {uuid}
  defaults: {{restart: if-needed, stop: {{force: true}}}}
  rollout: {{canary: {{app: web-c}}, maxUnavailable: 1}}
"""


@pytest.fixture
def fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Fleet:
    lab = Lab(tmp_path, capsys)
    lab.fleet(a=lab.uri("a"), b=lab.uri("b"), c=lab.uri("c"))
    guests(lab, "1GiB")
    return Fleet(lab)


@pytest.fixture
def rolling(fleet: Fleet) -> Fleet:
    """A fleet whose guests run, and whose next commit is rolled out: on c first, then one by one."""
    file = fleet.lab.tree / "fleet.yaml"
    hosts = "---".join(part for part in file.read_text().split("---") if "kind: Fleet" not in part)
    fleet.lab.write("fleet.yaml", f"{FLEET.format(uuid=UUID)}---{hosts}")
    return fleet


def guests(lab: Lab, memory: str) -> None:
    for host in "abc":
        lab.guest(f"web-{host}", host=host, memory=memory)


def restarts(fleet: Fleet) -> list[tuple[float, float, str, str]]:
    """When each restart began and ended, of what and how."""
    with closing(fleet.state()) as state:
        entries = [entry for run in state.runs(1000) for entry in state.actions(run.id)]
    return sorted(
        (entry.started, entry.finished or 0.0, entry.address, entry.outcome)
        for entry in entries
        if entry.verb == "restart"
    )


def test_what_is_suspended_for_a_while_is_done_when_that_is_over(fleet: Fleet) -> None:
    with closing(fleet.state()) as state:
        over = time.time() + 2
        state.decide(Verb.SUSPEND, "Domain/web-a", "ann", "disks", over)
    with fleet.running():
        fleet.until(lambda: "web-b" in fleet.lab.domains("b"))
        fleet.until(lambda: fleet.lab.domains("a") == {"web-a": "running"})
        assert time.time() >= over


def test_canaries_go_first_and_no_more_than_may_be_are_down(rolling: Fleet) -> None:
    with rolling.running():
        rolling.settles()
        guests(rolling.lab, "2GiB")
        rolling.edited()
        rolling.until(lambda: len(restarts(rolling)) == 3)
        rolling.settles()
    done = restarts(rolling)
    assert done[0][2] == "Domain/web-c"
    assert [outcome for *_, outcome in done] == ["done"] * 3
    assert all(one[1] <= other[0] for one, other in pairwise(done))


def test_a_canary_that_fails_stops_it_until_it_is_well(rolling: Fleet) -> None:
    with rolling.running():
        rolling.settles()
        faults.inject(rolling.lab.path / "sim.db", "c", "start", "web-c", "refused")
        guests(rolling.lab, "2GiB")
        rolling.edited()
        rolling.until(
            lambda: len({address for _, _, address, how in restarts(rolling) if how == "done"}) >= 2
        )
        rolling.settles()
    done = restarts(rolling)
    assert (done[0][2], done[0][3]) == ("Domain/web-c", "failed")
    assert {host: rolling.lab.domains(host) for host in "abc"} == {
        host: {f"web-{host}": "running"} for host in "abc"
    }
    well = next(entry[1] for entry in done if entry[2] != "Domain/web-c")
    assert done[0][0] < well


def test_a_guest_that_waits_for_its_turn_is_started_where_somebody_stopped_it(rolling: Fleet) -> None:
    database = rolling.lab.path / "sim.db"
    with rolling.running():
        rolling.settles()
        faults.inject(database, "c", "start", "web-c", "refused", times=1000)
        guests(rolling.lab, "2GiB")
        rolling.edited()
        rolling.until(lambda: bool(restarts(rolling)))
        driver = rolling.lab.driver("b")
        driver.lifecycle.stop(Kind.DOMAIN, "web-b", StopPolicy(force=True, deadline=0.1))
        driver.close()
        rolling.serving.tenure.tell(["b"])
        rolling.until(lambda: rolling.lab.domains("b") == {"web-b": "running"})
        assert {address for _, _, address, _ in restarts(rolling)} == {"Domain/web-c"}
