"""diff, status, history, hosts, schema, explain."""

from __future__ import annotations

import json

import pytest

from drivers.simulated import faults
from tests.reconciler.cli.lab import Lab


def test_diff_shows_the_documents(shop: Lab) -> None:
    new = shop("diff", "TREE")
    assert new.code == 0
    assert "+++ declared/Domain/web" in new.out
    assert "+  <name>web</name>" in new.out
    shop.applied()
    assert shop("diff", "TREE").out == ""
    shop.guest("web", memory="2GiB")
    edited = shop("diff", "TREE").out
    assert '-  <memory unit="KiB">1048576</memory>' in edited
    assert "+  <memory" in edited
    assert "Domain/db" not in edited


def test_diff_as_json(shop: Lab) -> None:
    said = shop("diff", "TREE", "-o", "json")
    assert said.json["format_version"] == 1
    assert {r["address"] for r in said.json["resources"]} == {"Domain/web", "Domain/db"}


def test_diff_names_an_unreachable_host(shop: Lab) -> None:
    shop.fleet(hv1="sim:///nowhere/sim.db")
    said = shop("diff", "TREE")
    assert said.code == 1
    assert "host hv1 cannot be reached" in said.err


def statuses(lab: Lab) -> dict[str, str]:
    said = lab("status", "TREE", "-o", "json")
    return {r["address"]: r["status"] for r in said.json["resources"]}


def test_status_tells_each_condition(shop: Lab) -> None:
    assert statuses(shop) == {"Domain/web": "create", "Domain/db": "create"}
    shop.applied()
    assert statuses(shop) == {"Domain/web": "converged", "Domain/db": "converged"}
    driver = shop.driver()
    driver.set_text("db", "description", "moved")
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


def test_history_tells_runs_and_their_actions(shop: Lab) -> None:
    assert shop("history", "TREE").out.splitlines()[1:] == []
    shop.applied()
    faults.inject(shop.path / "sim.db", "hv1", "define", "web", "refused")
    shop.guest("web", memory="2GiB")
    assert shop("apply", "TREE", "--yes").code == 1
    lines = shop("history", "TREE").out.splitlines()
    assert lines[0].split() == ["RUN", "STARTED", "COMMAND", "STATUS", "COMMIT", "SUMMARY"]
    assert [(line.split()[0], line.split()[4]) for line in lines[1:]] == [("2", "failed"), ("1", "done")]
    run = shop("history", "TREE", "--run", "1").out
    assert "define Domain/web" in run
    assert "start Domain/db" in run
    failed = shop("history", "TREE", "--run", "2", "-o", "json").json
    assert [r["id"] for r in failed["runs"]] == [2]
    assert failed["actions"][0]["outcome"] == "failed"
    assert len(shop("history", "TREE", "--limit", "1", "-o", "json").json["runs"]) == 1


def test_an_unknown_run_is_told(shop: Lab) -> None:
    said = shop("history", "TREE", "--run", "7")
    assert said.code == 1
    assert "there is no run 7" in said.err


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


def test_schema_is_json_schema(lab: Lab) -> None:
    said = lab("schema")
    assert said.code == 0
    assert json.loads(said.out)["$schema"].startswith("https://json-schema.org/")


@pytest.mark.parametrize(
    "path", ["Fleet", "Domain", "Domain.memory", "Domain.disks.cache", "Network.forward"]
)
def test_explain_documents_kinds_and_fields(lab: Lab, path: str) -> None:
    said = lab("explain", path)
    assert said.code == 0
    assert path.rpartition(".")[2] in said.out


@pytest.mark.parametrize(
    ("path", "told"),
    [("Domian", "did you mean 'Domain'"), ("Domain.dsks", "did you mean 'disks'"), ("", "kind")],
)
def test_explain_names_what_is_near(lab: Lab, path: str, told: str) -> None:
    said = lab("explain", path)
    assert said.code == 1
    assert told in said.err
