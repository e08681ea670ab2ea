"""diff: the documents themselves."""

from __future__ import annotations

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
    assert "urn:virt-reconcile" not in new.out + edited
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


def test_diff_shows_what_only_runs_otherwise(shop: Lab) -> None:
    shop.applied()
    host = shop.driver()
    host.live.set_memory("web", 512 << 10)
    host.close()
    assert "memory: 512 MiB → 1 GiB  [drifted, live]" in shop("plan", "TREE").out
    told = shop("diff", "TREE").out
    assert told.splitlines() == [
        "--- running/Domain/web", "+++ declared/Domain/web", "@@ currentMemory @@", "-512 MiB", "+1 GiB",
    ]  # fmt: skip
    assert [r["address"] for r in shop("diff", "TREE", "-o", "json").json["resources"]] == ["Domain/web"]
    shop.guest("web", memory="2GiB")
    lines = shop("diff", "TREE").out.splitlines()
    assert "+++ declared/Domain/web" in lines
    assert "@@ currentMemory @@" not in lines  # the definition's own difference shows it
