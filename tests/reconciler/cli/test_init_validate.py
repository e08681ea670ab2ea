"""init and validate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reconciler.cli.lab import Lab


def test_what_init_writes_applies_as_it_is(lab: Lab) -> None:
    folder = str(lab.path / "new")
    assert lab("init", folder).code == 0
    first = lab("plan", folder, "--detailed-exitcode")
    assert (first.code, "4 to create" in first.out) == (2, True)
    assert lab("apply", folder, "--yes").code == 0
    second = lab("plan", folder, "--detailed-exitcode")
    assert second.code == 0
    assert "No changes." in second.out


def test_init_without_a_folder_uses_the_working_directory(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    (lab.path / "here").mkdir()
    monkeypatch.chdir(lab.path / "here")
    assert lab("init").code == 0
    assert lab("apply", ".", "--yes").code == 0
    assert lab("plan", ".", "--detailed-exitcode").code == 0


def test_init_never_overwrites(lab: Lab) -> None:
    lab.write("web.yaml", "mine")
    before = {p: p.read_bytes() for p in lab.tree.rglob("*") if p.is_file()}
    said = lab("init", "TREE")
    assert said.code == 1
    assert "exists already" in said.err
    assert {p: p.read_bytes() for p in lab.tree.rglob("*") if p.is_file()} == before


def test_a_valid_tree_is_said_to_be_valid(shop: Lab) -> None:
    said = shop("validate", "TREE")
    assert (said.code, said.out) == (0, "2 resources are valid.\n")
    assert shop("validate", "TREE", "--quiet").out == ""


def test_every_problem_is_told_with_its_place(shop: Lab) -> None:
    shop.write(
        "bad.yaml", "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: a}\nspec: {memroy: 1GiB}\n"
    )
    shop.write("worse.yaml", "apiVersion: virt-reconcile/v1\nkind: Domian\nmetadata: {name: b}\nspec: {}\n")
    said = shop("validate", "TREE")
    assert said.code == 3
    assert "bad.yaml:4:8: " in said.out
    assert "did you mean 'memory'" in said.out
    assert "worse.yaml:2:" in said.out
    assert "did you mean 'Domain'" in said.out


def test_problems_as_json(shop: Lab) -> None:
    shop.write(
        "bad.yaml", "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: a}\nspec: {memroy: 1GiB}\n"
    )
    said = shop("validate", "TREE", "-o", "json")
    assert said.code == 3
    assert said.json["format_version"] == 1
    problems = {p["origin"]: p["message"] for p in said.json["problems"]}
    assert problems["bad.yaml:4:8"] == "unknown key 'memroy'; did you mean 'memory'?"


@pytest.mark.parametrize("command", ["plan", "apply", "diff", "status", "destroy", "history", "hosts"])
def test_a_broken_tree_stops_every_command(shop: Lab, command: str) -> None:
    shop.applied()
    before = shop.domains()
    shop.write("bad.yaml", "kind: [")
    said = shop(command, "TREE")
    assert said.code == 3
    assert "bad.yaml:2:1: not YAML" in said.err
    assert "nothing was done" in said.err
    assert shop.domains() == before


def test_no_such_folder(lab: Lab) -> None:
    said = lab("validate", str(lab.path / "nowhere"))
    assert said.code == 3
    assert "there is no such folder" in said.out
    assert not Path(lab.path / "nowhere").exists()
