"""status: every resource in a row."""

from __future__ import annotations

from drivers.base import Text
from drivers.simulated import faults
from tests.reconciler.cli.lab import Lab

MORE = """
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: hv2}}
spec: {{uri: "{hv2}", maintenance: true}}
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: hv3}}
spec: {{uri: "{hv3}", fenced: true}}
"""


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
    (row,) = [r for r in shop("status", "TREE", "-o", "json").json["resources"] if r["pending"]]
    assert [each["field"] for each in row["pending"]] == ["memory.max", "memory"]


def test_status_as_text(shop: Lab) -> None:
    shop.applied()
    shop.guest("new")
    lines = shop("status", "TREE").out.splitlines()
    assert lines[0].split() == ["RESOURCE", "STATUS", "HOST", "IS", "LAST"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:] if line}
    assert rows["Domain/web"][:4] == ["converged", "hv1", "running", "start"]
    assert rows["Domain/web"][-1] == "ago"
    assert rows["Domain/new"] == ["create", "hv1", "absent", "→", "running", "-"]
    assert lines[-1] == "3 resources: 2 converged, 1 create"


def test_status_of_an_unreachable_host_is_unknown(shop: Lab) -> None:
    shop.applied()
    faults.inject(shop.path / "sim.db", "hv1", "open", "*", "unreachable", times=-1)
    said = shop("status", "TREE", "-o", "json")
    assert said.code == 1
    assert {(r["status"], r["observed"]) for r in said.json["resources"]} == {("unreachable", "unknown")}
    assert "hv1" in said.json["unreachable"]
    text = shop("status", "TREE")
    assert text.out.count("cannot be reached") == 1
    assert text.out.splitlines()[-1] == "2 resources: 2 unreachable"


def test_only_what_is_not_converged_and_only_some_statuses(shop: Lab) -> None:
    assert (
        shop("status", "TREE").err
        == f"nothing of it is there yet: virt-reconcile apply {shop.tree} makes it\n"
    )
    shop.applied()
    said = shop("status", "TREE", "-u")
    assert (said.out, said.err) == ("\n2 resources: 2 converged\n", "")
    shop.guest("web", memory="2GiB")
    said = shop("status", "TREE", "-u")
    assert [line.split()[0] for line in said.out.splitlines()[:2]] == ["RESOURCE", "Domain/web"]
    assert "Domain/web: held back: " in said.out
    assert "\nDomain/db" not in said.out
    assert said.err == f"virt-reconcile plan {shop.tree} says what differs and why; apply sets it right\n"
    rows = shop("status", "TREE", "--status", "converged", "-o", "json").json["resources"]
    assert [row["address"] for row in rows] == ["Domain/db"]
    assert rows[0]["acted"].keys() == {"verb", "outcome", "at"}
    assert shop("status", "TREE", "--on", "hv1").out.splitlines()[-1].startswith("2 resources")
    assert shop("status", "TREE", "--on", "hv7").err == "error: --on: 'hv7' is not allowed; allowed: hv1\n"
    assert "allowed: failed, blocked" in shop("status", "TREE", "--status", "odd").err


def test_hosts_on_which_not_all_is_done_are_named(shop: Lab) -> None:
    shop.write("more.yaml", MORE.format(hv2=shop.uri("hv2"), hv3=shop.uri("hv3")))
    said = shop("status", "TREE").out
    assert "host hv2 is in maintenance" in said
    assert "host hv3 is fenced" in said
