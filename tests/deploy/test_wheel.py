"""What pip installs beside the modules; the same from the repository and from a source archive."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.deploy.repository import ROOT, built, copied, files

WITHOUT_NEED = {"PKG-INFO", "setup.cfg"}
"""What setuptools adds to a source archive, beside its egg-info."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As someone has it whose umask gives a group its files, with a file of an earlier build."""
    folder = copied(tmp_path_factory.mktemp("source"))
    for path in folder.rglob("*"):
        path.chmod(0o775 if path.is_dir() else path.stat().st_mode | 0o020)
    stale = folder / "build/lib/reconciler/gone.py"
    stale.parent.mkdir(parents=True)
    stale.write_text("")
    return folder


@pytest.fixture(scope="module")
def archive(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("sdist", source, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path_factory.mktemp("unpacked"), filter="data")
        return Path(tmp_path_factory.getbasetemp(), "unpacked0", packed.getnames()[0].split("/")[0])


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", unpacked, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("prefix")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--no-index"]
    subprocess.run([*command, "--ignore-installed", "--prefix", str(prefix), str(wheel)], check=True)
    return prefix


def test_the_source_archive_holds_the_repository(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        members = [member for member in packed if member.isfile()]
    names = {member.name.partition("/")[2] for member in members}
    held = {name for name in names if ".egg-info/" not in name} - WITHOUT_NEED
    assert held == set(files())
    assert {member.mtime for member in members} == {1700000000}
    assert {member.mode for member in members} == {0o644, 0o755}


def test_a_wheel_is_the_same_from_wherever_it_is_built(wheel: Path, source: Path, tmp_path: Path) -> None:
    before = set(source.rglob("*"))
    assert built("wheel", source, tmp_path / "wheel").read_bytes() == wheel.read_bytes()
    assert set(source.rglob("*")) == before


def test_what_the_container_copies_makes_the_same_wheel(wheel: Path, source: Path, tmp_path: Path) -> None:
    container = (ROOT / "deploy/Containerfile").read_text()
    into = tmp_path / "src"
    into.mkdir()
    for names, place in re.findall(r"^COPY (?!--)(.*) (\S+)$", container, re.MULTILINE):
        for name in names.split():
            at = into / (name if place == "./" else place)
            if (source / name).is_dir():
                shutil.copytree(source / name, at)
            else:
                at.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source / name, at)
    assert built("wheel", into, tmp_path / "wheel").read_bytes() == wheel.read_bytes()


def test_a_wheel_holds_no_tests_but_the_contract(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
    assert "reconciler/gone.py" not in names
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name and ".data/" not in name}
    assert tops == {"specs", "drivers", "state", "reconciler"}
    tests = [name for name in names if Path(name).name.startswith("test_")]
    assert tests
    assert all(name.startswith(("drivers/contract/", "reconciler/contract/")) for name in tests)


def test_pip_puts_what_the_program_prints_where_it_is_looked_for(installed: Path) -> None:
    sys.path.insert(0, str(ROOT / "deploy/wheel"))
    try:
        import shipped
    finally:
        sys.path.pop(0)
    for place, path in shipped.COPIED.items():
        assert (installed / place).read_text() == (ROOT / path).read_text()
    for place in shipped.GENERATED:
        assert (installed / place).stat().st_size > 1000, place
    schema = json.loads((installed / "share/virt-reconcile/schema.json").read_text())
    assert schema["$schema"].startswith("https://json-schema.org/")


def test_an_isolated_build_is_given_what_the_program_needs() -> None:
    code = "import sys; sys.path.insert(0, 'deploy/wheel'); import backend"
    code += "; print('\\n'.join(backend.get_requires_for_build_wheel()))"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["dependencies"]) <= set(done.stdout.splitlines())
