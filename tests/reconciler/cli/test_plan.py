"""plan."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from drivers.base import Text
from specs.identity import Kind
from tests.reconciler.cli.lab import Lab


def test_changes_exit_zero_unless_asked_for_details(shop: Lab) -> None:
    assert shop("plan", "TREE").code == 0
    said = shop("plan", "TREE", "--detailed-exitcode")
    assert said.code == 2
    assert "+ Domain/web on hv1  (web.yaml:2:1)" in said.out
    assert "Plan: 2 to create, 0 to change, 0 to delete." in said.out


def test_plan_writes_nothing(shop: Lab) -> None:
    shop("plan", "TREE")
    assert not (shop.path / "sim.db").exists()
    assert not (shop.tree / ".virt-reconcile" / "state.db").exists()
    shop.applied()
    before = (shop.path / "sim.db").read_bytes()
    state = (shop.tree / ".virt-reconcile" / "state.db").read_bytes()
    shop.guest("web", memory="2GiB")
    assert shop("plan", "TREE", "--detailed-exitcode").code == 2
    assert (shop.path / "sim.db").read_bytes() == before
    assert (shop.tree / ".virt-reconcile" / "state.db").read_bytes() == state


def test_an_edit_shows_both_values_and_its_cause(shop: Lab) -> None:
    shop.applied()
    shop.guest("web", memory="2GiB")
    said = shop("plan", "TREE")
    assert "~ Domain/web on hv1" in said.out
    assert "1 GiB → 2 GiB" in said.out
    assert "edited" in said.out
    assert "Domain/db" not in said.out


def test_a_change_behind_our_back_is_drift(shop: Lab) -> None:
    shop.applied()
    driver = shop.driver()
    driver.live.set_text("web", Text.DESCRIPTION, "somebody was here")
    driver.close()
    said = shop("plan", "TREE", "--detailed-exitcode")
    assert said.code == 2
    assert "description" in said.out
    assert "drifted" in said.out


def test_verbose_shows_what_is_converged_too(shop: Lab) -> None:
    shop.applied()
    said = shop("plan", "TREE", "-v", "--detailed-exitcode")
    assert said.code == 0
    assert "= Domain/web on hv1" in said.out
    assert "= Domain/db on hv1" in said.out


def test_json_is_one_document(shop: Lab) -> None:
    said = shop("plan", "TREE", "-o", "json")
    assert said.json["format_version"] == 1
    assert said.json["kind"] == "plan"
    assert {r["address"] for r in said.json["resources"]} == {"Domain/web", "Domain/db"}
    assert {a["verb"] for a in said.json["actions"]} == {"define", "start"}
    assert said.json["changes"] == 4
    assert said.err == ""


@pytest.mark.parametrize("selector", ["Domain/web", "app=web", "Domain/w*"])
def test_only_plans_what_is_selected(shop: Lab, selector: str) -> None:
    said = shop("plan", "TREE", "--only", selector, "-o", "json")
    assert [r["address"] for r in said.json["resources"]] == ["Domain/web"]


@pytest.mark.parametrize("command", ["plan", "diff", "status", "apply", "destroy"])
def test_a_slip_in_a_selector_is_an_error_with_the_nearest_name(shop: Lab, command: str) -> None:
    """A pattern may mean nothing yet: that is told, and no error."""
    yes = ("--yes",) if command in ("apply", "destroy") else ()
    for only, told in (
        ("Domain/wbe", "there is no Domain/wbe; did you mean 'Domain/web'?"),
        ("app=wbe", "no resource has the label app=wbe; did you mean 'app=web'?"),
    ):
        said = shop(command, "TREE", "--only", only, *yes)
        assert (said.code, said.out) == (1, "")
        assert f"error: --only: {told}" in said.err
    said = shop(command, "TREE", "--only", "Domain/x*", *yes)
    assert (said.code, "nothing is selected" in said.err) == (0, True)


def test_what_is_declared_no_more_is_selected_still(shop: Lab) -> None:
    shop.applied()
    (shop.tree / "web.yaml").unlink()
    said = shop("plan", "TREE", "Domain/web", "--prune", "--detailed-exitcode")
    assert (said.code, "- Domain/web" in said.out) == (2, True)


def test_a_host_may_be_overridden(shop: Lab) -> None:
    shop.fleet(hv1="qemu+ssh://nobody@nowhere.invalid/system")
    said = shop("plan", "TREE", "--host", f"hv1={shop.uri()}")
    assert said.code == 0
    assert "2 to create" in said.out


def test_host_alone_makes_a_fleet(lab: Lab) -> None:
    shutil.rmtree(lab.tree)
    lab.write(
        "web.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: web}\nspec: {memory: 1GiB}\n",
    )
    assert lab("apply", "TREE", "--yes", "--host", lab.uri()).code == 0
    assert lab.domains() == {"web": "running"}


def test_an_unreachable_host_hinders_no_other(shop: Lab) -> None:
    shop.fleet(hv1=shop.uri(), hv2="sim:///nowhere/sim.db")
    shop.guest("far", host="hv2")
    said = shop("plan", "TREE", "--detailed-exitcode")
    assert said.code == 1
    assert "? host hv2 cannot be reached: cannot open /nowhere/sim.db" in said.out
    assert "2 to create" in said.out
    assert "1 unreachable." in said.out
    assert shop("apply", "TREE", "--yes").code == 1
    assert shop.domains() == {"web": "running", "db": "running"}


def test_a_tree_that_cannot_be_written_to_is_planned(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a user who may only read; root may always write, so the folder's place is taken by a file."""
    (shop.tree / ".virt-reconcile").write_text("in the way")
    said = shop("plan", "TREE", "--detailed-exitcode")
    assert said.code == 2, said.err


def test_quiet_is_the_summary(shop: Lab) -> None:
    assert shop("plan", "TREE", "-q").out == "Plan: 2 to create, 0 to change, 0 to delete.\n"


def test_a_blocked_resource_is_an_error(shop: Lab) -> None:
    """Another fleet's guest of that name."""
    shop.applied()
    other = Path(shop.path / "other")
    shop.fleet(name="rival")
    shutil.copytree(shop.tree, other, ignore=shutil.ignore_patterns(".virt-reconcile"))
    said = shop("plan", str(other), "--detailed-exitcode")
    assert said.code == 1
    assert "fleet 'shop'" in said.out
    applied = shop("apply", str(other), "--yes")
    assert applied.code == 1
    driver = shop.driver()
    web = driver.observe.one(Kind.DOMAIN, "web")
    driver.close()
    assert web is not None
    assert 'fleet="shop"' in web.document
