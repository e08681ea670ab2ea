"""Debian roots, of any suite, made from its packages alone; nothing in them is started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from reconciler.lab.errors import LabError, MissingComponent

_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
_USUAL_MIRROR = "http://deb.debian.org/debian"


def make_root(
    suite: str,
    root: Path,
    packages: Sequence[str],
    log: Path,
    *,
    security: bool = False,
    components: str = "main",
    empty: Sequence[str] = (),
) -> None:
    """A minimal system of a suite, then the packages; with what its security team has mended since, if asked
    for. `empty` are packages that others want and that are installed with nothing in them. Raises LabError
    when it cannot."""
    _require_programs()
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    mirror = _mirror()
    _run(("debootstrap", "--variant=minbase", "--include=ca-certificates", suite, str(root), mirror), log)
    _borrow_settings(root)
    sources = [f"{mirror} {suite} {components}"]
    sources += [f"{mirror}-security {suite}-security {components}"] if security else []
    lines = [f"deb [signed-by={_KEYRING}] {source}\n" for source in sources]
    (root / "etc/apt/sources.list").write_text("".join(lines))
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    _inside(root, log, "apt-get update -qq")
    for package in empty:
        _install_empty(root, package, log)
    install = "apt-get install -y -qq --no-install-recommends"
    _inside(root, log, f"{install} {' '.join(packages)}; apt-get clean")


def _install_empty(root: Path, package: str, log: Path) -> None:
    folder = root / "tmp" / package
    (folder / "DEBIAN").mkdir(parents=True)
    (folder / "DEBIAN/control").write_text(
        f"Package: {package}\nVersion: 99\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\n"
        "Description: nothing, in the place of something\n"
    )
    _inside(root, log, f"cd /tmp; dpkg-deb --build {package}; dpkg -i {package}.deb")


def _require_programs() -> None:
    missing = [program for program in ("debootstrap", "unshare", "chroot") if shutil.which(program) is None]
    if missing:
        raise MissingComponent(f"not installed: {', '.join(missing)}; on Debian: apt-get install debootstrap")


def _mirror() -> str:
    """The mirror that this machine uses."""
    lines = _SOURCES.read_text().splitlines() if _SOURCES.exists() else []
    return next((line.split()[1] for line in lines if line.startswith("URIs:")), _USUAL_MIRROR)


def _borrow_settings(root: Path) -> None:
    """How this machine reaches its mirror: names, proxies, certificates."""
    for file in (Path("/etc/resolv.conf"), Path("/etc/hosts"), *Path("/etc/apt/apt.conf.d").glob("99*")):
        if file.exists():
            shutil.copy(file, root / str(file).lstrip("/"))
    certificates = Path("/usr/local/share/ca-certificates")
    if certificates.is_dir():
        shutil.copytree(certificates, root / str(certificates).lstrip("/"), dirs_exist_ok=True)


def _inside(root: Path, log: Path, script: str) -> None:
    mounts = f"mount -t proc proc {root}/proc; mount -t sysfs -o ro sysfs {root}/sys"
    whole = f"set -e; {mounts}; mount --rbind /dev {root}/dev; chroot {root} sh -ec '{script}'"
    _run(("unshare", "--mount", "--propagation", "private", "bash", "-c", whole), log)


def _run(command: Sequence[str], log: Path) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    with log.open("a") as said:
        done = subprocess.run(command, stdout=said, stderr=said, env=environment, timeout=1800, check=False)
    if done.returncode:
        raise LabError(f"`{command[0]}` failed; {log} ends with:\n{log.read_text()[-2000:]}")
