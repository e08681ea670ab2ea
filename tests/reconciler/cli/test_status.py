"""status: every resource in a row."""

from __future__ import annotations

from drivers.base import Text
from drivers.simulated import faults
from tests.reconciler.cli.lab import Lab


def statuses(lab: Lab) -> dict[str, str]:
    said = lab("status", "TREE", "-o", "json")
    return {r["address"]: r["status"] for r in said.json["resources"]}


def test_status_tells_each_condition(shop: Lab) -> None:
    assert statuses(shop) == {"Domain/web": "create", "Domain/db": "create"}
    shop.applied()
    assert statuses(shop) == {"Domain/web": "converged", "Domain/db": "converged"}
    driver = shop.driver()
    driver.live.set_text("db", Text.DESCRIPTION, "moved")
    driver.close()
    shop.guest("web", memory="2GiB")
    assert statuses(shop) == {"Domain/web": "change", "Domain/db": "drifted"}
    shop.applied()
    assert statuses(shop) == {"Domain/web": "pending-restart", "Domain/db": "converged"}


def test_status_as_text(shop: Lab) -> None:
    shop.applied()
    shop.guest("new")
    lines = shop("status", "TREE").out.splitlines()
    assert lines[0].split() == ["RESOURCE", "HOST", "DECLARED", "OBSERVED", "STATUS", "LAST"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert rows["Domain/web"][:6] == ["hv1", "running", "running", "converged", "start", "done"]
    assert rows["Domain/new"] == ["hv1", "running", "absent", "create", "-"]


def test_status_of_an_unreachable_host_is_unknown(shop: Lab) -> None:
    shop.applied()
    faults.inject(shop.path / "sim.db", "hv1", "open", "*", "unreachable", times=-1)
    said = shop("status", "TREE", "-o", "json")
    assert said.code == 1
    assert {(r["status"], r["observed"]) for r in said.json["resources"]} == {("unreachable", "unknown")}
    assert "hv1" in said.json["unreachable"]
