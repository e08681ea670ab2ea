"""init: a first tree."""

from __future__ import annotations

import pytest

from specs.compiling.loader import load
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
    for file in (lab.path / "new").glob("*.yaml"):
        documents = file.read_text().split("\n---\n")
        assert all(each.startswith("# yaml-language-server: $schema=.virt") for each in documents)
    assert (lab.path / "new/.virt-reconcile.schema.json").exists()


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


def test_init_writes_the_hypervisor_that_is_named_and_none_that_no_tree_may_say(lab: Lab) -> None:
    folder = lab.path / "new"
    refused = lab("init", str(folder), "--host", "qemu+ext:///system?command=/tmp/x")
    assert (refused.code, folder.exists()) == (1, False)
    assert "is not allowed; allowed: " in refused.err
    assert lab("init", str(folder), "--host", "qemu:///system").code == 0
    assert load(folder).hosts["hv1"].uri == "qemu:///system"
    assert not (folder / ".virt-reconcile").exists()


def test_the_tree_may_be_cloned_to_anywhere(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = lab.path / "new place"
    assert lab("init", str(folder)).code == 0
    assert str(lab.path) not in "".join(file.read_text() for file in folder.glob("*.yaml"))
    assert lab("apply", str(folder), "--yes").code == 0
    folder = folder.rename(lab.path / "elsewhere")
    monkeypatch.chdir("/")
    assert "No changes." in lab("plan", str(folder)).out
