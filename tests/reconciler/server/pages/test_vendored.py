"""What is not ours is byte for byte what its list says, and nothing is fetched from elsewhere."""

from __future__ import annotations

import re
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from reconciler.server.pages.rendering import FOLDER

ROOT = Path(__file__).parents[4]
VENDORED = [FOLDER / "static/vendor", Path(__file__).parent / "vendor"]


@pytest.mark.parametrize("folder", VENDORED, ids=["page", "tests"])
def test_every_file_is_the_one_that_the_list_tells_of(folder: Path) -> None:
    manifest = tomllib.loads((folder / "manifest.toml").read_text())
    found = {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "manifest.toml"
    }
    assert found == manifest["sha256"]
    package = manifest["package"]
    assert package["version"] in package["tarball"]
    assert package["integrity"].startswith("sha512-")
    assert package["licence"]


def test_the_version_is_the_one_that_the_file_says_it_is() -> None:
    manifest = tomllib.loads((VENDORED[0] / "manifest.toml").read_text())
    assert f'version="{manifest["package"]["version"]}"' in (VENDORED[0] / "htmx.min.js").read_text()


def test_all_that_a_page_needs_is_installed_with_it() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    installed = {path for pattern in patterns["reconciler.server.pages"] for path in FOLDER.glob(pattern)}
    needed = {
        path
        for path in FOLDER.rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    assert installed == needed


@pytest.mark.parametrize("path", sorted((FOLDER / "templates").iterdir()), ids=lambda path: path.name)
def test_no_template_has_script_style_or_address_of_its_own(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|<script(?! src=)|\son\w+=|hx-on|javascript:|https?://", text)
    assert "| safe" not in text
    assert "autoescape" not in text
