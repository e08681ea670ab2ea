"""Debian roots, a suite each, with that suite's libvirt and QEMU; made once and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from reconciler.lab.errors import LabError, MissingComponent

SUITES = ("bullseye", "bookworm", "trixie", "sid")
"""Debian's suites with libvirt 7.0, 9.0, 11.3 and whatever is newest."""

MACHINE = Path("/")
"""The root of the suite HERE, which is this machine's own libvirt."""

HERE = "here"

_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
_USUAL_MIRROR = "http://deb.debian.org/debian"
_PACKAGES = (
    "libvirt-daemon-system", "libvirt-clients", "libvirt-daemon", "libvirt-daemon-driver-qemu",
    "libvirt-daemon-driver-lxc", "qemu-system-x86", "qemu-utils", "ovmf", "seabios", "iproute2", "iptables",
    "dnsmasq-base", "dmidecode", "kmod", "procps",
)  # fmt: skip
_SINCE_TRIXIE = (
    *(f"libvirt-daemon-driver-{name}" for name in ("network", "nwfilter", "storage", "nodedev", "secret")),
    "libvirt-daemon-config-nwfilter",
    *(f"libvirt-daemon-driver-storage-{name}" for name in ("disk", "iscsi", "logical", "mpath", "scsi")),
    "qemu-system-modules-spice", "qemu-system-modules-opengl",
)  # fmt: skip
"""What older suites have in the packages above."""


def libvirtd_of(root: Path) -> Path:
    """The daemon of a root that is complete."""
    return root / "usr/sbin/libvirtd"


def root_of(suite: str, cache: Path) -> Path:
    """The root of a suite below `cache`, made when it is not there. Raises LabError when it cannot."""
    if suite == HERE:
        return MACHINE
    root = cache / "root" / suite
    if not libvirtd_of(root).exists():
        _require_programs()
        draft = cache / "root" / f"{suite}.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.parent.mkdir(parents=True, exist_ok=True)
        _make(suite, draft, cache / f"{suite}.log")
        draft.rename(root)
    return root


def _require_programs() -> None:
    missing = [program for program in ("debootstrap", "unshare", "chroot") if shutil.which(program) is None]
    if missing:
        raise MissingComponent(f"not installed: {', '.join(missing)}; on Debian: apt-get install debootstrap")


def _make(suite: str, root: Path, log: Path) -> None:
    """A minimal system, then the packages; nothing in it is started."""
    mirror = _mirror()
    _run(("debootstrap", "--variant=minbase", "--include=ca-certificates", suite, str(root), mirror), log)
    _borrow_settings(root)
    (root / "etc/apt/sources.list").write_text(f"deb [signed-by={_KEYRING}] {mirror} {suite} main\n")
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    newer = () if suite in ("bullseye", "bookworm") else _SINCE_TRIXIE
    _inside(root, log, "apt-get update -qq")
    _inside(
        root,
        log,
        f"apt-get install -y -qq --no-install-recommends {' '.join((*_PACKAGES, *newer))}; apt-get clean",
    )


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
