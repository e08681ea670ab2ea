"""destroy: what we own of what the tree declares, behind the guards of pruning."""

from __future__ import annotations

from drivers.simulated.kept import KeptSnapshot, add
from drivers.simulated.store import Store
from specs.identity import Kind
from tests.reconciler.cli.lab import GUEST, Lab

STRANGER = "<domain type='kvm'><name>stranger</name><memory>1024</memory><os><type>hvm</type></os></domain>"


def test_it_removes_what_we_own_and_nothing_else(shop: Lab) -> None:
    shop.applied()
    driver = shop.driver()
    driver.lifecycle.define(Kind.DOMAIN, "stranger", STRANGER)
    driver.close()
    said = shop("destroy", "TREE", "--yes")
    assert said.code == 0, said.out + said.err
    assert "Plan: 0 to create, 0 to change, 2 to delete (2 stop NOW)." in said.out
    assert shop.domains() == {"stranger": "stopped"}
    again = shop("destroy", "TREE", "--yes")
    assert (again.code, again.out.strip()) == (0, "No changes. 0 resources match.")
    shop.applied()
    assert shop.domains() == {"stranger": "stopped", "web": "running", "db": "running"}


def test_what_is_not_ours_is_refused(shop: Lab) -> None:
    driver = shop.driver()
    driver.lifecycle.define(Kind.DOMAIN, "web", STRANGER.replace("stranger", "web"))
    driver.close()
    said = shop("destroy", "TREE", "--yes")
    assert said.code == 1
    assert "not ours to remove" in said.out
    assert shop.domains() == {"web": "stopped"}


def test_what_is_protected_stays(shop: Lab) -> None:
    shop.write("web.yaml", (shop.tree / "web.yaml").read_text().replace("vcpus", "protect: true, vcpus"))
    shop.applied()
    said = shop("destroy", "TREE", "--yes")
    assert said.code == 0
    assert "protect: true" in said.out
    assert shop.domains() == {"web": "running"}


def test_snapshots_are_data_that_somebody_is_asked_about(shop: Lab) -> None:
    shop.applied()
    store = Store(shop.path / "sim.db", "hv1")
    with store.write() as host:
        for name in ("1", "2"):
            add(host, "web", KeptSnapshot(name, "", 1.0, "", "<domain/>", None, "stopped", "{}"))
    said = shop("destroy", "TREE", "--yes")
    assert said.code == 1
    assert "undefine (DESTROYS DATA)" in said.out
    assert "lost with it: snapshots (1, 2)" in said.out
    assert "this destroys the data of web" in said.err
    assert len(shop.domains()) == 2
    assert shop("destroy", "TREE", "--yes", "--allow-data-loss").code == 0
    assert shop.domains() == {}


def test_what_stays_of_a_guest_is_told_and_it_can_come_back(lab: Lab) -> None:
    lab.write(
        "efi.yaml", GUEST.format(name="efi", memory="1GiB", state="running, firmware: uefi", host="hv1")
    )
    lab.applied()
    said = lab("destroy", "TREE", "--yes")
    assert "stays on the host: UEFI variables" in said.out
    lab.applied()
    lab.assert_converged()


def test_the_cap_holds(shop: Lab) -> None:
    shop.applied()
    said = shop("destroy", "TREE", "--yes", "--max-deletions", "1")
    assert said.code == 1
    assert "more deletions (2) than are allowed at once (1)" in said.out
    assert len(shop.domains()) == 2


def test_only_what_is_selected(shop: Lab) -> None:
    shop.applied()
    assert shop("destroy", "TREE", "--yes", "--only", "app=web").code == 0
    assert shop.domains() == {"db": "running"}


def test_volumes_keep_their_data_unless_told_otherwise(lab: Lab) -> None:
    lab.write(
        "store.yaml",
        "apiVersion: virt-reconcile/v1\nkind: StoragePool\nmetadata: {name: images}\n"
        "spec: {target: /srv/images}\n"
        + "".join(
            f"---\napiVersion: virt-reconcile/v1\nkind: Volume\nmetadata: {{name: {name}}}\n"
            f"spec: {{pool: images, capacity: 1GiB, onDelete: {fate}}}\n"
            for name, fate in (("kept.img", "keep"), ("lost.img", "delete"))
        ),
    )
    lab.applied()
    asked = lab("destroy", "TREE", "--yes", "--only", "Volume/*")
    assert asked.code == 1
    assert "destroys the data of images/lost.img" in asked.err
    assert "--allow-data-loss" in asked.err
    assert volumes(lab) == {"images/kept.img", "images/lost.img"}
    said = lab("destroy", "TREE", "--yes", "--allow-data-loss", "--only", "Volume/*")
    assert said.code == 0, said.out + said.err
    assert "onDelete: keep; its data stays" in said.out
    assert "DESTROYS DATA" in said.out
    assert volumes(lab) == {"images/kept.img"}


def volumes(lab: Lab) -> set[str]:
    driver = lab.driver()
    names = {o.name for o in driver.observe.inventory().objects.values() if o.kind is Kind.VOLUME}
    driver.close()
    return names


def test_it_asks(shop: Lab) -> None:
    shop.applied()
    process = shop.popen("destroy", "TREE")
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "destroy needs --yes" in err
    assert len(shop.domains()) == 2


def test_pruning_waits_to_be_asked_for(shop: Lab) -> None:
    shop.applied()
    (shop.tree / "web.yaml").unlink()
    kept = shop("apply", "TREE", "--yes")
    assert kept.code == 0
    assert "it stays until pruning is asked for" in kept.out
    assert len(shop.domains()) == 2
    assert shop("apply", "TREE", "--yes", "--prune").code == 0
    assert shop.domains() == {"db": "running"}


def test_pruning_with_an_empty_tree_is_refused(shop: Lab) -> None:
    shop.applied()
    (shop.tree / "web.yaml").unlink()
    (shop.tree / "db.yaml").unlink()
    said = shop("apply", "TREE", "--yes", "--prune")
    assert "declares nothing at all" in said.out
    assert len(shop.domains()) == 2
