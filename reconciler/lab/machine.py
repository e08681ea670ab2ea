"""What a machine must have for a host in namespaces of its own."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from reconciler.lab.errors import MissingComponent

_PROGRAMS = (
    "libvirtd", "virsh", "qemu-system-x86_64", "qemu-img", "dnsmasq", "iptables", "ip", "unshare", "nsenter",
    "bash", "awk",
)  # fmt: skip
_INSTALL = (
    "apt-get install --no-install-recommends libvirt-daemon-system libvirt-clients"
    " libvirt-daemon-driver-qemu qemu-system-x86 qemu-utils dnsmasq-base iptables iproute2"
)


def require_machine() -> None:
    """Raises MissingComponent, with all that is missing, on a machine that cannot run such a host."""
    require_root()
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if not missing and not Path("/etc/libvirt").is_dir():
        missing.append("/etc/libvirt")
    if missing:
        raise MissingComponent(f"not installed: {', '.join(missing)}; on Debian or Ubuntu: {_INSTALL}")
    if find_spec("libvirt") is None:
        raise MissingComponent("libvirt-python is not installed: pip install 'virt-reconcile[libvirt]'")


def require_root() -> None:
    """Raises MissingComponent for whoever may not make and end namespaces."""
    if sys.platform != "linux":
        raise MissingComponent("this is not Linux; libvirtd and its namespaces need a Linux machine")
    if os.geteuid() != 0:
        raise MissingComponent("only root may make namespaces and start libvirtd in them; use sudo")
