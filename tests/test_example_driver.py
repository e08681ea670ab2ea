"""The example of a driver is a package to be installed beside virt-reconcile, and keeps the contract."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
import setuptools

from tests.support.session import unavailable

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples/driver"
TREE = """\
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: plain}}
spec: {{uri: "plainqemu://{folder}"}}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {{name: lan}}
spec: {{host: plain}}
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python in a fresh environment with the example installed, over what is installed here."""
    if int(setuptools.__version__.partition(".")[0]) < 77:
        unavailable("locks/build.lock is not installed: setuptools is too old to build a package")
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    (packages / "here.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
    install = ["install", "-q", "--no-index", "--no-deps", "--no-build-isolation", "--no-compile", "--target"]
    run(Path(sys.executable), "-m", "pip", *install, str(packages), str(EXAMPLE)).check_returncode()
    return folder / "bin/python"


def run(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What a module of an environment's Python says."""
    return subprocess.run([str(python), *words], cwd="/", capture_output=True, text=True, timeout=240)


def test_what_is_shipped_holds_the_contract() -> None:
    include = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    assert {"drivers.contract", "reconciler.contract"} <= set(setuptools.find_packages(str(ROOT), **include))


def test_the_contract_finds_its_host_and_passes(python: Path, tmp_path: Path) -> None:
    """All of it takes longer: docs/drivers.md has what came of it."""
    plain = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "drivers.contract.plugin"]
    suite = ["--rootdir", str(tmp_path), "--pyargs", "drivers.contract", "reconciler.contract"]
    done = run(python, *plain, *suite, "-k", "applied_once or two_connections or renamed")
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    assert "failed" not in done.stdout


def test_its_row_of_the_matrix_refuses_offline(python: Path, tmp_path: Path) -> None:
    (tmp_path / "tree.yaml").write_text(TREE.format(folder=tmp_path))
    done = run(python, "-m", "reconciler.cli.main", "validate", str(tmp_path))
    assert done.returncode == 3
    assert "plain QEMU) cannot hold networks; it holds domains" in done.stdout
