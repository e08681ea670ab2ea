"""Every snippet of YAML, JSON, XML, SQL and settings is read by what a reader would give it to."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from lxml import etree

from reconciler.server.identityfile import ProviderFile
from specs.guard.model import PolicyFile
from tests.docs.completing import documents_of, loaded
from tests.docs.page import Block, all_pages, blocks
from tests.support.promtool import promtool

LANGUAGES = {"yaml", "console", "sh", "text", "json", "xml", "sql", "python", "nginx"}
_NO_RESOURCES = "the tree declares no resources"


def test_every_block_says_what_it_is() -> None:
    assert [(page.path, page.indented) for page in all_pages() if page.indented] == []
    assert [
        str(block) for page in all_pages() for block in page.blocks if block.language not in LANGUAGES
    ] == []
    assert [str(block) for block in blocks("text") if not {"message", "drawing"} & block.said.keys()] == []


@pytest.mark.parametrize("block", [each for each in blocks("yaml") if "as" not in each.said], ids=str)
def test_it_loads_as_a_reader_completes_it(block: Block, tmp_path: Path) -> None:
    desired = loaded(block, tmp_path)
    assert [str(each) for each in desired.warnings if _NO_RESOURCES not in str(each)] == []


@pytest.mark.parametrize("block", [each for each in blocks("yaml") if "as" in each.said], ids=str)
def test_files_of_other_kinds_are_read_by_their_readers(block: Block, tmp_path: Path) -> None:
    READERS[block.said["as"]](block, tmp_path)


def _policy(block: Block, folder: Path) -> None:
    (document,) = documents_of(block)
    PolicyFile.model_validate(document)


def _oidc(block: Block, folder: Path) -> None:
    (document,) = documents_of(block)
    ProviderFile.model_validate(document)


def _prometheus(block: Block, folder: Path) -> None:
    (folder / "token").write_text("x")
    text = re.sub(r"credentials_file: [^}]*", f"credentials_file: {folder}/token", block.text)
    (folder / "prometheus.yml").write_text(text)
    done = promtool("check", "config", "prometheus.yml", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def _pre_commit(block: Block, folder: Path) -> None:
    (folder / "config.yaml").write_text(block.text)
    words = [sys.executable, "-m", "pre_commit", "validate-config", "config.yaml"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


READERS: dict[str, Callable[[Block, Path], None]] = {
    "policy": _policy,
    "oidc": _oidc,
    "prometheus": _prometheus,
    "pre-commit": _pre_commit,
}


def test_json_xml_and_python_are_such() -> None:
    for block in blocks("json"):
        json.loads(block.text)
    for block in blocks("xml"):
        etree.fromstring(block.text)
    for block in blocks("python"):
        ast.parse(block.text)


def test_settings_of_nginx_are_whole_sentences() -> None:
    for block in blocks("nginx"):
        lines = [line.partition("#")[0].strip() for line in block.text.splitlines()]
        assert all(line.endswith((";", "{", "}")) for line in lines if line)
        assert block.text.count("{") == block.text.count("}")


def test_mappings_in_prose_are_yaml() -> None:
    """`key: value` and `{key: value}` in a sentence, as far as they are meant to be typed."""
    for page in all_pages():
        for line, code in page.codes:
            if re.fullmatch(r"\{?\w+: .*", code) and "…" not in code:
                assert isinstance(yaml.safe_load(code), dict), f"{page.path}:{line}: {code}"
