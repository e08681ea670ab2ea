"""schema: for editors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.reconciler.cli.lab import Lab


def test_schema_is_json_schema(lab: Lab) -> None:
    said = lab("schema")
    assert said.code == 0
    assert json.loads(said.out)["$schema"].startswith("https://json-schema.org/")


def test_editors_find_it_in_the_tree(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    (lab.path / ".git").mkdir()  # what an editor opens
    lab.tree.mkdir(exist_ok=True)
    first = lab("schema", "TREE", "--install", "vscode", "--install", "neovim")
    assert first.code == 0, first.err
    settings = lab.path / ".vscode/settings.json"
    assert f"wrote {settings}" in first.out
    assert "redhat.vscode-yaml" in first.err
    assert "vim.lsp.enable('yamlls')" in first.out
    ((schema, globs),) = json.loads(settings.read_text())["yaml.schemas"].items()
    assert json.loads((lab.path / schema).read_text())["title"]
    assert globs[0] == f"{lab.tree.name}/**/*.yaml"
    before = settings.read_text()
    assert f"{settings} is as it should be" in lab("schema", "TREE", "--install", "vscode").out
    assert settings.read_text() == before
    monkeypatch.chdir(lab.tree)
    settings.write_text("[]")
    said = lab("schema", "--install", "vscode")
    assert said.code == 1
    assert "../.vscode/settings.json is left as it is" in said.err
    assert '"yaml.schemas"' in said.out
    assert settings.read_text() == "[]"


def test_what_cannot_be_is_told(lab: Lab) -> None:
    assert "allowed: vscode, zed" in lab("schema", "--install", "edlin").err
    assert "there is no such folder" in lab("schema", str(Path("nowhere")), "--install", "vscode").err
