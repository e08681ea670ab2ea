"""validate: all problems, offline."""

from __future__ import annotations

from os.path import relpath
from pathlib import Path

import pytest

from tests.reconciler.cli.lab import GUEST, Lab


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


def test_problems_for_a_forge(shop: Lab) -> None:
    bad = "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: a}\nspec: {memroy: 1GiB}\n"
    assert shop("validate", "TREE", "-o", "github").out == ""
    assert shop("validate", "TREE", "-o", "gitlab").json == []
    shop.write("bad.yaml", bad)
    said = shop("validate", "TREE", "-o", "github")
    assert said.code == 3
    where = relpath(shop.tree / "bad.yaml")
    assert f"::error file={where},line=4,col=8,title=virt-reconcile::unknown key 'memroy'" in said.out
    assert shop("validate", "TREE", "-o", "gitlab").json[0]["location"]["path"] == where
    assert "allowed: text, json, yaml, markdown\n" in shop("plan", "TREE", "-o", "github").err


@pytest.mark.parametrize("command", ["plan", "apply", "diff", "destroy"])
def test_a_broken_tree_stops_what_goes_by_the_files(shop: Lab, command: str) -> None:
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


def test_strict_takes_warnings_for_problems(lab: Lab) -> None:
    lab.fleet()
    lab.write("web.yaml", GUEST.format(name="web", memory="2KiB", state="stopped", host="hv1"))
    lax, strict = lab("validate", "TREE"), lab("validate", "TREE", "--strict")
    assert (lax.code, strict.code) == (0, 3)
    told = "no guest runs in 2 KiB of memory; is the unit right?"
    assert f"warning: web.yaml:5:16: {told}" in lax.err
    assert f"web.yaml:5:16: {told}" in strict.out
    assert lab("validate", "TREE", "--strict", "-o", "json").json["problems"]
