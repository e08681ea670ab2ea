"""Pruning takes away what its own tree gave up, and nothing that only seems to be gone."""

from __future__ import annotations

import os
import re
import shutil

import pytest

from specs.identity import Kind
from tests.reconciler.cli.lab import GUEST, UUID, Lab

OTHER_UUID = "11111111-2222-4333-8444-555555555555"
POOL = (
    "apiVersion: virt-reconcile/v1\nkind: StoragePool\nmetadata: {name: images}\n"
    "spec: {target: /srv/images}\n"
)
HOST = 'apiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {{name: hv1}}\nspec: {{uri: "{uri}"}}\n'
FLEET = "apiVersion: virt-reconcile/v1\nkind: Fleet\nmetadata: {{name: {name}}}\nspec: {{uuid: {uuid}}}\n"


def guests(lab: Lab, count: int, folder: str = "") -> None:
    for number in range(count):
        name = f"g{folder}{number}"
        lab.write(
            f"{folder + '/' if folder else ''}{name}.yaml",
            GUEST.format(name=name, memory="64MiB", state="stopped", host="hv1"),
        )


class TestWhose:
    def test_two_trees_without_a_fleet_leave_each_others_guests(self, lab: Lab) -> None:
        trees = [lab.path / "one", lab.path / "two"]
        for tree in trees:
            tree.mkdir()
            (tree / "host.yaml").write_text(HOST.format(uri=lab.uri()))
            name = f"of-{tree.name}"
            (tree / "guest.yaml").write_text(
                GUEST.format(name=name, memory="1GiB", state="running", host="hv1")
            )
            assert lab("apply", str(tree), "--yes").code == 0
        said = lab("apply", str(trees[1]), "--yes", "--prune")
        assert lab.domains() == {"of-one": "running", "of-two": "running"}
        assert "the tree has no Fleet" in said.out
        assert "uuidgen" in said.out

    def test_a_fleet_without_a_uuid_prunes_nothing_and_says_which_line_is_missing(
        self,
        shop: Lab,
    ) -> None:
        shop.fleet(uuid="", prune=True)
        assert "prune: true has no effect without a uuid" in shop("validate", "TREE").err
        shop.applied()
        (shop.tree / "web.yaml").unlink()
        said = shop("apply", "TREE", "--yes")
        assert "write 'uuid: ' under spec: of the Fleet" in said.out
        assert "fleet.yaml:1:1" in said.out
        assert len(shop.domains()) == 2

    def test_adding_a_uuid_loses_nothing(self, shop: Lab) -> None:
        shop.fleet(uuid="")
        shop.write("pool.yaml", POOL)
        shop.applied()
        (shop.tree / "pool.yaml").unlink()
        shop.fleet()
        assert "StoragePool/images" in shop("plan", "TREE").out
        assert shop("apply", "TREE", "--yes", "--prune").code == 0
        assert {o.kind for o in shop.driver().observe.inventory().objects.values()} & {
            Kind.STORAGE_POOL
        } == set()
        assert "apply" in shop("history", "TREE").out

    def test_fleets_of_one_name_in_one_state_do_not_see_each_others_records(self, lab: Lab) -> None:
        state = f"sqlite:///{lab.path}/shared.db"
        for number, uuid in enumerate((OTHER_UUID, "99999999-2222-4333-8444-555555555555")):
            tree = lab.path / f"tree{number}"
            tree.mkdir()
            (tree / "fleet.yaml").write_text(
                FLEET.format(name="shop", uuid=uuid) + "---\n" + HOST.format(uri=lab.uri())
            )
            (tree / "pool.yaml").write_text(
                POOL.replace("{name: images}", f"{{name: p{number}}}").replace(
                    "/srv/images", f"/srv/{number}"
                )
            )
            said = lab("apply", str(tree), "--yes", "--prune", "--allow-shrink", "--state", state)
            assert said.code == 0, said.out + said.err
            assert "delete" not in said.out or "0 to delete" in said.out
        names = {
            o.name for o in lab.driver().observe.inventory().objects.values() if o.kind is Kind.STORAGE_POOL
        }
        assert names == {"p0", "p1"}

    def test_another_tree_of_the_name_does_not_take_the_records_over(self, lab: Lab) -> None:
        """The first tree has no UUID yet; the second comes with one, and with the same state."""
        lab.fleet(uuid="")
        lab.write("pool.yaml", POOL)
        state = ("--state", f"sqlite:///{lab.path}/shared.db")
        assert lab("apply", "TREE", "--yes", *state).code == 0
        other = lab.path / "other"
        other.mkdir()
        (other / "fleet.yaml").write_text(
            FLEET.format(name="shop", uuid=OTHER_UUID) + "---\n" + HOST.format(uri=lab.uri())
        )
        (other / "pool.yaml").write_text(POOL.replace("images", "more"))
        said = lab("apply", str(other), "--yes", "--prune", "--allow-shrink", *state)
        assert said.code == 0, said.out + said.err
        names = {
            o.name for o in lab.driver().observe.inventory().objects.values() if o.kind is Kind.STORAGE_POOL
        }
        assert names == {"images", "more"}

    def test_destroy_without_a_uuid_takes_only_what_its_own_state_knows(self, lab: Lab) -> None:
        lab.fleet(uuid="")
        lab.guest("web")
        lab.applied()
        shutil.rmtree(lab.tree / ".virt-reconcile")
        said = lab("destroy", "TREE", "--yes")
        assert said.code == 1
        assert "may be another's of the same name" in said.out
        assert lab.domains() == {"web": "running"}
        lab.applied()
        assert lab("destroy", "TREE", "--yes").code == 0
        assert lab.domains() == {}

    def test_a_namesake_with_a_uuid_leaves_what_one_without_has_marked(self, lab: Lab) -> None:
        lab.fleet(uuid="")
        guests(lab, 2)
        lab.applied()
        other = lab.path / "other"
        other.mkdir()
        head = FLEET.format(name="shop", uuid=OTHER_UUID) + "---\n" + HOST.format(uri=lab.uri())
        (other / "fleet.yaml").write_text(head)
        (other / "own.yaml").write_text(GUEST.format(name="own", memory="1GiB", state="stopped", host="hv1"))
        said = lab("apply", str(other), "--yes", "--prune", "--allow-shrink")
        assert said.code == 0, said.err
        assert "it may be another's of the same name" in said.out
        assert len(lab.domains()) == 3

    def test_what_adopt_finds_marked_keeps_its_fleets_uuid(self, shop: Lab) -> None:
        shop.applied()
        folder = shop.path / "adopted"
        assert shop("adopt", "--host", shop.uri(), "--to", str(folder)).code == 0
        assert f"uuid: {UUID}" in (folder / "fleet.yaml").read_text()
        namesake = shop.path / "namesake"
        namesake.mkdir()
        (namesake / "fleet.yaml").write_text(FLEET.format(name="shop", uuid=OTHER_UUID))
        said = shop("adopt", "--host", shop.uri(), "--to", str(namesake))
        assert f"it belongs to the fleet 'shop' ({UUID})" in said.err

    def test_init_and_adopt_write_a_fleet_with_a_fresh_uuid(self, shop: Lab) -> None:
        found = set()
        for name in ("2024", "null"):
            folder = shop.path / name
            assert shop("init", str(folder)).code == 0
            assert shop("validate", str(folder)).code == 0
            found |= set(re.findall(r"uuid: (\S+)", (folder / "fleet.yaml").read_text()))
        driver = shop.driver()
        document = (
            "<domain type='kvm'><name>own</name><memory>1024</memory><os><type>hvm</type></os></domain>"
        )
        driver.lifecycle.define(Kind.DOMAIN, "own", document)
        driver.close()
        folder = shop.path / "adopted"
        assert shop("adopt", "--host", shop.uri(), "--to", str(folder)).code == 0
        found |= set(re.findall(r"uuid: (\S+)", (folder / "fleet.yaml").read_text()))
        assert len(found) == 3
        assert shop("plan", str(folder), "--detailed-exitcode", "--prune").code == 0


class TestWhatVanished:
    @pytest.fixture(autouse=True)
    def _watchful(self, lab: Lab) -> None:
        lab.fleet(shrink="20%")

    def test_a_folder_that_is_empty_or_gone_prunes_nothing_unless_told(self, lab: Lab) -> None:
        guests(lab, 20)
        guests(lab, 2, "site")
        lab.applied()
        (lab.tree / "site").rename(lab.path / "away")
        for made in (False, True):
            if made:
                (lab.tree / "site").mkdir()
            said = lab("apply", "TREE", "--yes", "--prune")
            assert said.code == 0
            assert "'site' declared something and declares nothing now" in said.out
            assert len(lab.domains()) == 22
        assert lab("apply", "TREE", "--yes", "--prune", "--allow-shrink").code == 0
        assert len(lab.domains()) == 20

    def test_refused_once_it_is_refused_the_next_time_too(self, lab: Lab) -> None:
        guests(lab, 20)
        guests(lab, 2, "site")
        lab.applied()
        shutil.rmtree(lab.tree / "site")
        for _ in range(3):
            lab("run", "TREE", "--once", "--prune")
        assert len(lab.domains()) == 22

    def test_files_that_move_have_not_vanished(self, lab: Lab) -> None:
        guests(lab, 3, "site")
        lab.write("one.yaml", GUEST.format(name="one", memory="64MiB", state="stopped", host="hv1"))
        lab.applied()
        shutil.move(lab.tree / "site", lab.tree / "place")
        (lab.tree / "place" / "gsite0.yaml").unlink()
        assert lab("apply", "TREE", "--yes", "--prune").code == 0
        assert sorted(lab.domains()) == ["gsite1", "gsite2", "one"]

    def test_more_than_max_shrink_at_once_is_refused(self, lab: Lab) -> None:
        guests(lab, 30)
        lab.applied()
        for number in range(7):
            (lab.tree / f"g{number}.yaml").unlink()
        said = lab("apply", "TREE", "--yes", "--prune")
        assert "7 of 30 resources vanished from the tree, more than maxShrink (20%)" in said.out
        assert len(lab.domains()) == 30
        lab.fleet(shrink="25%")
        assert lab("apply", "TREE", "--yes", "--prune").code == 0
        assert len(lab.domains()) == 23

    def test_a_homelab_loses_a_guest_without_ado(self, lab: Lab) -> None:
        guests(lab, 4)
        lab.applied()
        (lab.tree / "g0.yaml").unlink()
        assert lab("apply", "TREE", "--yes", "--prune").code == 0
        assert len(lab.domains()) == 3
        for name in ("g1", "g2"):
            (lab.tree / f"{name}.yaml").unlink()
        assert "2 of 3 resources vanished" in lab("apply", "TREE", "--yes", "--prune").out

    def test_a_wrong_share_is_told(self, lab: Lab) -> None:
        for wrong in ("0.2", "20", "101%", "-1%", "'x'"):
            lab.write(
                "fleet.yaml",
                FLEET.format(name="a", uuid=OTHER_UUID).replace("spec: {", f"spec: {{maxShrink: {wrong}, "),
            )
            said = lab("validate", "TREE")
            assert said.code == 3
            assert "such as 20%" in said.out

    def test_destroy_is_exempt(self, lab: Lab) -> None:
        guests(lab, 9)
        lab.applied()
        assert lab("destroy", "TREE", "--yes").code == 0
        assert lab.domains() == {}


VOLUMES = "---\n".join(
    f"apiVersion: virt-reconcile/v1\nkind: Volume\nmetadata: {{name: v{n}.img}}\n"
    "spec: {pool: images, capacity: 1MiB, format: raw, source: base.img, onSourceChange: replace}\n"
    for n in range(3)
)


class TestTheCap:
    @pytest.fixture
    def filled(self, lab: Lab) -> Lab:
        (lab.tree / "base.img").write_bytes(b"one" * 400)
        lab.write("volumes.yaml", f"{POOL}---\n{VOLUMES}")
        lab.write(
            "user.yaml",
            "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: user}\n"
            "spec: {memory: 64MiB, restart: if-needed, disks: [{volume: {pool: images, name: v0.img}}]}\n",
        )
        guests(lab, 1)
        lab.applied()
        (lab.tree / "base.img").write_bytes(b"two" * 400)
        return lab

    def test_data_that_are_replaced_count(self, filled: Lab) -> None:
        said = filled("apply", "TREE", "--yes", "--allow-data-loss", "--max-deletions", "2")
        assert said.code == 1
        assert "replacements of data (3) than are allowed at once (2)" in said.out
        assert "--max-deletions 3" in said.out
        assert "stop Domain/user" not in said.err
        assert "fill Volume/" not in said.err
        again = filled("run", "TREE", "--once", "--allow-data-loss", "--max-deletions", "2")
        assert again.code == 1
        assert "fill Volume/" not in again.err
        done = filled("apply", "TREE", "--yes", "--allow-data-loss", "--max-deletions", "3")
        assert done.code == 0, done.out + done.err
        assert done.err.count("fill Volume/") >= 3
        assert filled("plan", "TREE", "--detailed-exitcode").code == 0

    def test_together_with_what_is_pruned(self, filled: Lab) -> None:
        (filled.tree / "g0.yaml").unlink()
        said = filled("apply", "TREE", "--yes", "--prune", "--allow-data-loss", "--max-deletions", "3")
        assert said.code == 1
        assert "more deletions (1) and replacements of data (3) than are allowed at once (3)" in said.out
        assert "g0" in filled.domains()

    def test_saved_plans_too(self, filled: Lab) -> None:
        out = str(filled.path / "p.json")
        filled("plan", "TREE", "--out", out, "--max-deletions", "2")
        said = filled("apply", "--plan", out, "--yes", "--allow-data-loss")
        assert "fill" not in said.err
        assert filled.domains()["user"] == "running"


class TestWhatIsSkipped:
    @pytest.mark.parametrize("away", [".web.yaml", ".web/web.yaml", "web.YAML", "a/.b/c/web.yml"])
    def test_a_file_that_is_skipped_is_said_and_what_it_declares_is_kept(self, shop: Lab, away: str) -> None:
        shop.applied()
        (shop.tree / away).parent.mkdir(parents=True, exist_ok=True)
        (shop.tree / "web.yaml").rename(shop.tree / away)
        assert f"{away}:1:1: skipped, because its " in shop("validate", "TREE").err
        said = shop("apply", "TREE", "--yes", "--prune", "--allow-shrink")
        assert f"it stands in {away}, which is skipped" in said.out
        assert len(shop.domains()) == 2

    @pytest.mark.parametrize("to", ["web.yaml", "away/web.yaml"])
    def test_what_an_ignore_file_leaves_out_is_not_pruned(self, shop: Lab, to: str) -> None:
        shop.applied()
        (shop.tree / to).parent.mkdir(exist_ok=True)
        (shop.tree / "web.yaml").rename(shop.tree / to)
        shop.write(".virt-reconcile-ignore", f"/{to.partition('/')[0]}\n")
        said = shop("apply", "TREE", "--yes", "--prune", "--allow-shrink")
        assert "left out by .virt-reconcile-ignore" in said.out
        assert len(shop.domains()) == 2
        (shop.tree / to).unlink()
        assert shop("apply", "TREE", "--yes", "--prune", "--allow-shrink").code == 0
        assert len(shop.domains()) == 1

    @pytest.mark.parametrize("left", ["", "\n \n", "memory: 1GiB\n"])
    def test_a_file_that_is_there_and_empty_prunes_nothing(self, shop: Lab, left: str) -> None:
        """As a crash, or a full disk, leaves it."""
        shop.applied()
        shop.write("web.yaml", left)
        said = shop("apply", "TREE", "--yes", "--prune", "--allow-shrink")
        assert "its file web.yaml is there, and empty" in said.out
        assert len(shop.domains()) == 2
        (shop.tree / "web.yaml").unlink()
        assert shop("apply", "TREE", "--yes", "--prune").code == 0
        assert len(shop.domains()) == 1

    def test_a_hidden_file_of_another_kind_is_nobodys_business(self, shop: Lab) -> None:
        shop.write(".pre-commit-config.yaml", "repos: []\n")
        shop.write(".github/workflows/ci.yml", "on: push\n")
        assert shop("validate", "TREE").err == ""

    def test_what_is_skipped_is_noticed_when_it_comes_and_goes(self, shop: Lab) -> None:
        assert shop("validate", "TREE").err == ""
        shop.write(".web.yaml", (shop.tree / "web.yaml").read_text())
        assert ".web.yaml" in shop("validate", "TREE").err
        (shop.tree / ".web.yaml").unlink()
        assert shop("validate", "TREE").err == ""

    @pytest.mark.parametrize("target", ["/mnt/nowhere", "OUTSIDE", ".hidden"])
    def test_a_linked_folder_is_an_error_and_never_silently_empty(self, shop: Lab, target: str) -> None:
        shop.applied()
        outside = shop.path / "outside"
        for folder in (outside, shop.tree / ".hidden"):
            folder.mkdir()
            shutil.copy(shop.tree / "web.yaml", folder)
        (shop.tree / "web.yaml").unlink()
        (shop.tree / "site").symlink_to(str(outside) if target == "OUTSIDE" else target)
        said = shop("apply", "TREE", "--yes", "--prune", "--allow-shrink")
        assert said.code == 3
        assert "site:1:1: the link leads " in said.err + said.out
        assert len(shop.domains()) == 2

    def test_a_link_to_a_folder_of_the_tree_is_read_where_it_stands(self, shop: Lab) -> None:
        shop.write("site/more.yaml", GUEST.format(name="more", memory="1GiB", state="stopped", host="hv1"))
        (shop.tree / "alias").symlink_to("site")
        assert shop("validate", "TREE").out == "3 resources are valid.\n"

    @pytest.mark.parametrize("harm", ["dangling", "too large", "fifo", "bytes", "deep", "folder"])
    def test_a_tree_that_cannot_be_read_prunes_nothing(self, shop: Lab, harm: str) -> None:
        shop.applied()
        file = shop.tree / "web.yaml"
        file.unlink()
        if harm == "dangling":
            file.symlink_to("gone.yaml")
        elif harm == "too large":
            with file.open("wb") as out:
                out.truncate(17 * 1024 * 1024)
        elif harm == "fifo":
            os.mkfifo(file)
        elif harm == "bytes":
            file.write_bytes(b"\xff\xfe")
        elif harm == "folder":
            file.mkdir()
        else:
            (shop.tree / "/".join(["d"] * 40)).mkdir(parents=True)
        for command in (("apply", "TREE", "--yes"), ("run", "TREE", "--once")):
            said = shop(*command, "--prune", *(("--allow-shrink",) if command[0] == "apply" else ()))
            assert said.code != 0
        assert len(shop.domains()) == 2


def test_a_guest_with_a_hidden_name_is_adopted_and_not_pruned(lab: Lab) -> None:
    driver = lab.driver()
    names = (
        ".hidden",
        "...",
        ".virt-reconcile",
        "x.yaml",
        "x.xml",
        "web~",
        "WEB",
        "web",
        "-",
        "null",
        "0x10",
    )
    for name in names:
        document = (
            f"<domain type='kvm'><name>{name}</name><memory>1024</memory><os><type>hvm</type></os></domain>"
        )
        driver.lifecycle.define(Kind.DOMAIN, name, document)
    driver.close()
    folder = str(lab.path / "adopted")
    said = lab("adopt", "--host", f".lab.yaml={lab.uri()}", "--to", folder)
    assert said.code == 0, said.err
    assert lab("apply", folder, "--yes").code == 0
    assert lab("plan", folder, "--prune", "--allow-shrink", "--detailed-exitcode").code == 0
    assert lab("apply", folder, "--prune", "--allow-shrink", "--yes").code == 0
    assert set(lab.domains()) == set(names)
