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
