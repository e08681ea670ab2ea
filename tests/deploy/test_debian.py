"""The Debian package: built as people do, installed by apt in a fresh system, used, upgraded, removed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.fresh_root import FreshRoot
from tests.deploy.repository import ROOT, copied
from tests.support.errors import MissingComponent
from tests.support.session import unavailable

pytestmark = pytest.mark.real

STATE = "/var/lib/virt-reconcile"
SETTINGS = "/etc/virt-reconcile/service.env"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of what lies here; neither packed nor stripped, which takes longer than all else."""
    if shutil.which("dpkg-buildpackage") is None or shutil.which("dh") is None:
        unavailable("not installed: debhelper, dpkg-dev")
    source = copied(tmp_path_factory.mktemp("source"))
    into = tmp_path_factory.mktemp("package")
    quickly = {"DPKG_DEB_COMPRESSOR_TYPE": "none", "DEB_BUILD_OPTIONS": "nostrip"}
    done = subprocess.run(
        [str(source / "deploy/debian/build"), str(into)],
        env=os.environ | quickly, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = into.glob("*.deb")
    return built


@pytest.fixture(scope="module")
def root(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreshRoot]:
    """A system in which the package is installed, and a user who may do nothing special."""
    folder = tmp_path_factory.mktemp("root") / "root"
    try:
        made = FreshRoot.made(folder)
    except MissingComponent as error:
        unavailable(str(error))
    shutil.copy(package, folder / "root/virt-reconcile.deb")
    made.does("apt-get install -y -qq --no-install-recommends ./virt-reconcile.deb man-db")
    made.does("useradd --create-home vera")
    yield made
    made.remove()


def fields(package: Path) -> dict[str, str]:
    told = subprocess.run(["dpkg-deb", "-f", str(package)], capture_output=True, text=True, check=True).stdout
    return dict(line.split(": ", 1) for line in told.splitlines() if ": " in line and line[0] != " ")


def without_program(package: Path, folder: Path, version: str) -> Path:
    """The same package in another version, with its settings and scripts, and quickly unpacked."""
    subprocess.run(["dpkg-deb", "-R", str(package), str(folder)], check=True)
    shutil.rmtree(folder / "usr/lib/virt-reconcile/lib")
    control = folder / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*", f"Version: {version}", control.read_text()))
    made = folder.with_suffix(".deb")
    subprocess.run(
        ["dpkg-deb", "-Znone", "-b", str(folder), str(made)], check=True, stdout=subprocess.DEVNULL
    )
    return made


def test_its_version_is_that_of_the_project(package: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert fields(package)["Version"].split("-")[0] == project["version"]


def test_the_page_and_the_tests_install_what_it_is_built_with() -> None:
    control = (ROOT / "deploy/debian/control").read_text()
    asked = re.search(r"^Build-Depends: (.*)$", control, re.MULTILINE)
    assert asked is not None
    names = {name.split()[0].removesuffix("-compat") for name in asked[1].split(", ")} | {"dpkg-dev"}
    page = (ROOT / "docs/installing.md").read_text()
    (line,) = re.findall(r"^sudo apt-get install -y (dpkg-dev .*)$", page, re.MULTILINE)
    assert set(line.split()) == names
    assert names | {"mmdebstrap"} <= set((ROOT / "tests/run").read_text().split())


def test_an_ordinary_user_makes_a_tree_real_with_it(root: FreshRoot) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"virt-reconcile {version}" in root.does("virt-reconcile --version", user="vera")
    said = root.does("virt-reconcile init demo && virt-reconcile apply demo --yes", user="vera")
    assert "Applied: 10 done." in said
    assert "No changes. 4 resources match." in root.does("virt-reconcile plan demo", user="vera")
    drivers = "import libvirt, lxml.etree, psycopg, zstandard, pyVmomi, asyncssh, pypsrp, authlib, uvicorn"
    root.does(f'/usr/lib/virt-reconcile/bin/python -c "{drivers}"', user="vera")


def test_nothing_tells_of_where_it_was_built(root: FreshRoot) -> None:
    assert (
        root.does(
            "grep -rlF /virt-reconcile/debian/ /usr/lib/virt-reconcile /usr/share/virt-reconcile || true"
        )
        == ""
    )


def test_the_service_waits_for_somebody_who_starts_it(root: FreshRoot) -> None:
    assert root.run("systemctl is-enabled virt-reconcile").stdout.strip() == "disabled"
    unit = root.does("cat /lib/systemd/system/virt-reconcile.service")
    assert "ExecStart=/usr/bin/virt-reconcile run " in unit
    verified = root.run("systemd-analyze verify --man=no virt-reconcile.service")
    assert (verified.returncode, "virt-reconcile.service" in verified.stdout) == (0, False), verified.stdout
    assert root.does(f"stat -c '%U %a' {STATE} {SETTINGS}").split() == [
        "virt-reconcile",
        "700",
        "root",
        "640",
    ]
    assert root.does("getent passwd virt-reconcile").split(":")[5] == STATE


def test_what_it_ships_is_where_debian_looks_for_it(root: FreshRoot) -> None:
    root.does("python3 -m json.tool /usr/share/virt-reconcile/schema.json")
    assert root.does("man -w virt-reconcile").strip() == "/usr/share/man/man1/virt-reconcile.1.gz"
    assert (
        root.does("man --warnings -E UTF-8 -l /usr/share/man/man1/virt-reconcile.1.gz 2>&1 >/dev/null") == ""
    )
    assert "--max-deletions" in root.does("man virt-reconcile", user="vera")
    root.does("bash -n /usr/share/bash-completion/completions/virt-reconcile")
    root.does(
        "ls /usr/share/zsh/vendor-completions/_virt-reconcile"
        " /usr/share/fish/vendor_completions.d/virt-reconcile.fish"
    )
    root.does(
        "test -e /usr/share/doc/virt-reconcile/service.md -a -e /usr/share/doc/virt-reconcile/examples/first"
    )


def test_an_upgrade_keeps_what_people_wrote_and_a_purge_asks_before_the_state_goes(
    root: FreshRoot, package: Path, tmp_path: Path
) -> None:
    """In one test, for each stands upon what the one before has left."""
    shutil.copy(without_program(package, tmp_path / "next", "1:0"), root.folder / "root/next.deb")
    root.does(f"echo SOURCE=/srv/fleet > {SETTINGS}; touch {STATE}/state.db")
    root.does("apt-get install -y -qq ./next.deb")
    assert (
        root.does(f"cat {SETTINGS}; stat -c %a {SETTINGS}; ls {STATE}")
        == "SOURCE=/srv/fleet\n640\nstate.db\n"
    )

    root.does("apt-get remove -y -qq virt-reconcile")
    assert (
        root.does(f"ls -d {SETTINGS} {STATE}/state.db /usr/lib/virt-reconcile 2>&1 || true").count("No such")
        == 1
    )
    root.does("apt-get purge -y -qq virt-reconcile")
    assert root.does(f"ls -d {SETTINGS} {STATE}/state.db 2>/dev/null || true") == f"{STATE}/state.db\n"

    root.does("apt-get install -y -qq ./next.deb")
    root.does("echo virt-reconcile virt-reconcile/purge-state boolean true | debconf-set-selections")
    root.does("apt-get purge -y -qq virt-reconcile")
    assert root.does(f"ls -d {STATE} /var/cache/virt-reconcile /etc/virt-reconcile 2>/dev/null || true") == ""
