"""plan --base: what merging would do, apart from what is to be done anyway; and a plan as Markdown."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.base import Text
from tests.reconciler.cli.lab import Lab
from tests.support.repositories import Upstream


@pytest.fixture
def repository(shop: Lab) -> Upstream:
    """The tree as a working copy, at its first commit."""
    made = Upstream(shop.tree)
    (shop.tree / ".gitignore").write_text(".virt-reconcile\n")
    made.commit({}, "first")
    return made


def branch(repository: Upstream, lab: Lab, **guests: str) -> None:
    """A branch on which guests have another memory."""
    repository.git("checkout", "--quiet", "-b", "change")
    for name, memory in guests.items():
        lab.guest(name, memory=memory)
    repository.commit({}, "change")


def test_only_what_the_branch_changes_is_told_as_the_merge_s(shop: Lab, repository: Upstream) -> None:
    shop.applied()
    driver = shop.driver()
    driver.live.set_text("db", Text.DESCRIPTION, "somebody was here")
    driver.close()
    branch(repository, shop, web="2GiB")
    said = shop("plan", "TREE", "--base", "main", "--detailed-exitcode")
    assert said.code == 2, said.err
    merged, _, pending = said.out.partition("To be done anyway, merged or not:")
    assert "~ Domain/web on hv1" in merged
    assert "Plan: 0 to create, 1 to change" in merged
    assert "Domain/db" not in merged
    assert "~ Domain/db on hv1" in pending
    assert "Domain/web" not in pending


def test_commits_of_the_base_are_not_undone(shop: Lab, repository: Upstream) -> None:
    """The branch is older than the base: what is told is what merging gives, not the branch alone."""
    branch(repository, shop, web="2GiB")
    repository.git("checkout", "--quiet", "main")
    shop.guest("db", memory="3GiB")
    repository.commit({}, "meanwhile")
    shop.applied()
    said = shop("plan", "TREE", "--base", "main", "--head", "change")
    assert said.code == 0
    assert "1 GiB → 2 GiB" in said.out
    assert "3 GiB" not in said.out


def test_a_branch_that_changes_nothing(shop: Lab, repository: Upstream) -> None:
    branch(repository, shop)
    said = shop("plan", "TREE", "--base", "main")
    assert said.out.startswith("Merging would change nothing.\n")
    assert "To be done anyway, merged or not:" in said.out
    assert "+ Domain/web" in said.out


def test_what_the_branch_makes_unnecessary_is_told(shop: Lab, repository: Upstream) -> None:
    repository.git("checkout", "--quiet", "-b", "change")
    repository.commit({"db.yaml": None}, "no db")
    said = shop("plan", "TREE", "--base", "main", "-o", "json")
    averted = [action["id"] for action in said.json["averted"]]
    assert "define Domain/db" in averted
    assert said.json["kind"] == "merge"
    assert said.json["merged"]["tree"] == str(shop.tree)
    assert said.json["merged"]["resources"] == []
    assert [each["address"] for each in said.json["pending"]["resources"]] == ["Domain/web"]


def test_conflicts_and_unknown_revisions_are_told(shop: Lab, repository: Upstream) -> None:
    branch(repository, shop, web="2GiB")
    repository.git("checkout", "--quiet", "main")
    shop.guest("web", memory="3GiB")
    repository.commit({}, "meanwhile")
    assert "they conflict" in shop("plan", "TREE", "--base", "main", "--head", "change").err
    assert "'none' is no commit" in shop("plan", "TREE", "--base", "none").err
    assert "give both" in shop("plan", "TREE", "--head", "main").err
    assert "--out saves" in shop("plan", "TREE", "--base", "main", "--out", "x").err
    assert "they conflict" not in repository.git("status")


def test_a_base_that_is_broken_is_what_the_branch_mends(shop: Lab, repository: Upstream) -> None:
    repository.commit({"broken.yaml": "kind: ["}, "broken")
    repository.git("checkout", "--quiet", "-b", "mended")
    repository.commit({"broken.yaml": None}, "mended")
    said = shop("plan", "TREE", "--base", "main")
    assert said.code == 0
    assert "the files of main are broken" in said.err
    assert "+ Domain/web" in said.out


def test_a_branch_that_is_broken_is_told_where(shop: Lab, repository: Upstream) -> None:
    repository.git("checkout", "--quiet", "-b", "broken")
    repository.commit({"broken.yaml": "kind: ["}, "broken")
    said = shop("plan", "TREE", "--base", "main", "-o", "markdown")
    assert said.code == 3
    assert "broken.yaml:2:1: not YAML" in said.err
    assert "### virt-reconcile: the files are invalid" in said.out
    assert "broken.yaml:2:1: not YAML" in said.out


def test_as_markdown_for_a_comment(shop: Lab, repository: Upstream) -> None:
    branch(repository, shop, web="2GiB")
    said = shop("plan", "TREE", "--base", "main", "-o", "markdown")
    lines = said.out.splitlines()
    assert lines[:2] == ["<!-- virt-reconcile -->", "### virt-reconcile: what merging would do"]
    assert f"Fleet `shop` at `{repository.head[:12]}`" in lines
    assert any(line.startswith("| ➕ | `Domain/web` | `hv1` | define") for line in lines)
    assert "<details><summary>To be done anyway, merged or not</summary>" in lines


def test_a_repository_elsewhere_is_planned_and_compared(
    shop: Lab, repository: Upstream, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    branch(repository, shop, web="2GiB")
    said = shop("plan", repository.url, "--ref", "change", "-o", "json")
    assert said.json["commit"] == repository.head
    base = repository.git("rev-parse", "main")
    for given in (("--base", "main", "--head", "change"), ("--base", base[:12], "--ref", "change")):
        said = shop("plan", repository.url, *given, "-o", "json")
        assert [each["address"] for each in said.json["merged"]["resources"]] == ["Domain/web"], said.err


def test_a_plan_as_markdown(shop: Lab) -> None:
    said = shop("plan", "TREE", "-o", "markdown")
    assert "**Plan: 2 to create, 0 to change, 0 to delete.**" in said.out
