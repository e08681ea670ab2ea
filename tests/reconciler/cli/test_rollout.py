"""apply rolls a commit out: canaries first, no more at once than may be, and stops where it fails."""

from __future__ import annotations

import pytest

from drivers.simulated import faults
from tests.reconciler.cli.lab import UUID, Lab

FLEET = """
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {{name: shop}}
spec:
  uuid: {uuid}
  defaults: {{restart: if-needed, stop: {{force: true}}}}
  rollout: {rollout}
"""
CANARY = "{canary: {app: web}, maxUnavailable: 1}"


def guests(lab: Lab, memory: str = "1GiB") -> None:
    for name in ("app", "db", "web"):
        lab.guest(name, memory=memory)


@pytest.fixture
def shop(lab: Lab) -> Lab:
    """Three guests that run, and are to have more memory; web goes first."""
    guests(lab)
    lab.applied()
    lab.write("rollout.yaml", FLEET.format(uuid=UUID, rollout=CANARY))
    fleet = lab.tree / "fleet.yaml"
    fleet.write_text("---".join(part for part in fleet.read_text().split("---") if "kind: Fleet" not in part))
    guests(lab, "2GiB")
    return lab


def memory(lab: Lab) -> dict[str, str]:
    wide = lab("status", "TREE", "-o", "json").json["resources"]
    return {row["address"]: row["status"] for row in wide}


def restarted(text: str) -> list[str]:
    lines = (line.split() for line in text.splitlines())
    return [words[2] for words in lines if words[:2] == ["done", "restart"]]


def test_all_of_it_is_one_plan_in_order(shop: Lab) -> None:
    said = shop("apply", "TREE", "--yes")
    assert said.code == 0, said.err
    assert restarted(said.err) == ["Domain/web", "Domain/app", "Domain/db"]
    shop.assert_converged()


def test_a_canary_that_fails_stops_it_and_is_tried_again(shop: Lab) -> None:
    faults.inject(shop.path / "sim.db", "hv1", "start", "web", "refused")
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert restarted(said.err) == []
    assert "skipped   define Domain/app: 'restart Domain/web' failed" in said.err
    plan = shop("plan", "TREE").out
    assert "roll-out stopped after 1 failure (Domain/web: restart: " in plan
    again = shop("apply", "TREE", "--yes")
    assert "Domain/web" in again.err
    assert "Domain/app" not in again.err
    last = shop("apply", "TREE", "--yes")
    assert last.code == 0
    assert restarted(last.err) == ["Domain/app", "Domain/db"]
    shop.assert_converged()


def test_a_person_lets_it_go_on(shop: Lab) -> None:
    faults.inject(shop.path / "sim.db", "hv1", "start", "web", "refused", times=9)
    shop("apply", "TREE", "--yes")
    assert shop("resume", "rollout", "TREE", "--author", "ann").code == 0
    (decided,) = shop("decisions", "TREE", "-o", "json").json["decisions"]
    assert (decided["verb"], decided["author"]) == ("proceed", "ann")
    assert "roll-out stopped" not in shop("plan", "TREE").out
    faults.clear(shop.path / "sim.db")


def test_with_a_pause_an_apply_does_one_step(shop: Lab) -> None:
    shop.write("rollout.yaml", FLEET.format(uuid=UUID, rollout="{canary: {app: web}, pause: 1h}"))
    said = shop("apply", "TREE", "--yes")
    assert restarted(said.err) == ["Domain/web"]
    assert "roll-out: comes after the canaries" in said.out
    plan = shop("plan", "TREE", "-o", "json").json
    held = [action for action in plan["actions"] if action["deferred"]]
    assert {action["deferred"] for action in held} == {"roll-out: a pause"}
    assert all(action["until"] - plan["created"] > 3000 for action in held)
    assert shop("status", "TREE", "-o", "json").json["resources"][0]["status"] == "waiting"


def test_without_a_roll_out_there_is_none_to_resume(lab: Lab) -> None:
    said = lab("resume", "Rollout", "TREE")
    assert said.code == 1
    assert "the Fleet has no rollout" in said.err


@pytest.mark.parametrize(
    ("rollout", "told"),
    [
        ("{canary: {app: none}}", "rollout.canary: no Domain has the labels {app: none}"),
        ("{batch: 0}", "'0' is no number of guests"),
        ("{maxUnavailable: 0%}", "a share of nothing"),
        ("{maxUnavailable: many}", "'many' is no share"),
        ("{maxFailures: 0}", "maxFailures"),
    ],
)
def test_what_makes_no_sense_is_told(lab: Lab, rollout: str, told: str) -> None:
    lab.guest("web")
    fleet = (lab.tree / "fleet.yaml").read_text()
    lab.write("fleet.yaml", "---".join(part for part in fleet.split("---") if "kind: Fleet" not in part))
    lab.write("rollout.yaml", FLEET.format(uuid=UUID, rollout=rollout))
    said = lab("validate", "TREE")
    assert said.code == 3
    assert told in said.out + said.err
