"""release: what the fleet owns is given back, and stays as it is."""

from __future__ import annotations

from specs.identity import Kind
from tests.reconciler.cli.lab import Lab

POOL = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: images}
spec: {target: /srv/images}
"""


def documents(lab: Lab) -> dict[str, str]:
    driver = lab.driver()
    seen = driver.observe.inventory().objects.values()
    driver.close()
    return {o.name: o.document for o in seen}


def test_a_guest_that_left_the_files_is_never_touched_again(shop: Lab) -> None:
    shop.fleet(prune=True)
    shop.applied()
    (shop.tree / "web.yaml").unlink()
    said = shop("release", "TREE", "Domain/web", "--yes")
    assert said.code == 0, said.err
    assert "1 to release (the mark and the record go, nothing else)" in said.out
    assert "still declared" not in said.out
    assert "virt-reconcile" not in documents(shop)["web"]
    assert "virt-reconcile" in documents(shop)["db"]
    assert shop.domains() == {"web": "running", "db": "running"}
    planned = shop("plan", "TREE", "--detailed-exitcode")
    assert (planned.code, "web" in planned.out) == (0, False)
    assert shop("destroy", "TREE", "--yes").code == 0
    assert shop.domains() == {"web": "running"}


def test_what_is_still_declared_is_taken_again_and_that_is_said(shop: Lab) -> None:
    shop.applied()
    said = shop("release", "TREE", "Domain/web", "--yes")
    assert "it is still declared (web.yaml:2:1): the next apply takes it again" in said.out
    planned = shop("plan", "TREE").out
    assert "> Domain/web on hv1" in planned
    assert "1 to adopt" in planned


def test_without_a_state_the_mark_tells(shop: Lab) -> None:
    shop.applied()
    (shop.tree / "web.yaml").unlink()
    other = f"sqlite:///{shop.path}/other.db"
    assert shop("release", "TREE", "Domain/*", "--state", other, "--yes").code == 0
    assert not any("virt-reconcile" in document for document in documents(shop).values())


def test_what_holds_no_mark_is_forgotten(lab: Lab) -> None:
    lab.write("pool.yaml", POOL)
    lab.applied()
    before = documents(lab)
    (lab.tree / "pool.yaml").unlink()
    assert "StoragePool/images" in lab("plan", "TREE").out
    assert lab("release", "TREE", "StoragePool/images", "--yes").code == 0
    assert "StoragePool/images" not in lab("plan", "TREE").out
    assert documents(lab) == before


def test_nobody_is_there_to_be_asked(shop: Lab) -> None:
    shop.applied()
    said = shop("release", "TREE", "Domain/web")
    assert said.code == 1
    assert "release needs --yes" in said.err
    assert "virt-reconcile" in documents(shop)["web"]


def test_what_is_not_ours_cannot_be_given_back(shop: Lab) -> None:
    shop.applied()
    driver = shop.driver()
    driver.lifecycle.define(Kind.NETWORK, "theirs", "<network><name>theirs</name></network>")
    driver.close()
    said = shop("release", "TREE", "Network/theirs", "--yes")
    assert said.code == 1
    assert "the fleet owns nothing that Network/theirs selects" in said.err
