"""Debian roots, a suite each, with that suite's libvirt and QEMU; made once and kept."""

from __future__ import annotations

from pathlib import Path

from tests.support.debian_root import make_root

SUITES = ("bullseye", "bookworm", "trixie", "sid")
"""Debian's suites with libvirt 7.0, 9.0, 11.3 and whatever is newest."""

MACHINE = Path("/")
"""The root of the suite HERE, which is this machine's own libvirt."""

HERE = "here"

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
        draft = cache / "root" / f"{suite}.new"
        newer = () if suite in ("bullseye", "bookworm") else _SINCE_TRIXIE
        make_root(suite, draft, (*_PACKAGES, *newer), cache / f"{suite}.log")
        draft.rename(root)
    return root
