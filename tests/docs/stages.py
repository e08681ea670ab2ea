"""Where scenes are played: a simulated hypervisor anywhere, or a host of its own with a real libvirtd."""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs import ROOT
from tests.docs.shell import Shell

if TYPE_CHECKING:
    from tests.support.daemons import LibvirtHost

HOME = "/home/ann"
"""What a person's folder is called on the pages."""

_USER = 1000
_PROGRAM = """#!/bin/sh
export PYTHONPATH={clone}:{packages} PYTHONDONTWRITEBYTECODE=1
exec {python} -c 'import sys; sys.path.pop(0); from reconciler.cli.main import main; main()' "$@"
"""


@contextmanager
def stage(name: str, host: LibvirtHost | None = None) -> Iterator[tuple[Shell, Path]]:
    """A fresh home, and a shell in it, of somebody who has installed the program and set nothing up."""
    with tempfile.TemporaryDirectory(prefix="vr-docs-", dir="/tmp") as made:
        folder, home = Path(made), Path(made) / "ann"
        folder.chmod(0o755)
        home.mkdir()
        (folder / "bin").mkdir()
        packages = sysconfig.get_path("purelib")
        if name == "libvirt":
            assert host is not None
            os.chown(home, _USER, _USER)
            _install(folder, "/run/clone", "/run/packages", "/run/python/bin/python3")
            entered = _enter(host, packages)
        else:
            _install(folder, str(ROOT), packages, sys.executable)
            entered = []
        with Shell(home, _environment(folder, home), entered) as shell:
            yield shell, home


def _install(folder: Path, clone: str, packages: str, python: str) -> None:
    program = folder / "bin/virt-reconcile"
    program.write_text(_PROGRAM.format(clone=clone, packages=packages, python=python))
    program.chmod(0o755)


def _environment(folder: Path, home: Path) -> dict[str, str]:
    return {
        "PATH": f"{folder}/bin:/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8",
        "TERM": "xterm", "COLUMNS": "80", "USER": "ann", "TZ": "UTC", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip


def _enter(host: LibvirtHost, packages: str) -> list[str]:
    """Into the host, as a user who may use its libvirt; what is installed is where everybody may read it."""
    seen = {"clone": str(ROOT), "packages": packages, "python": sys.base_prefix}
    mounts = "\n".join(
        f"mkdir -p /run/{name}; mountpoint -q /run/{name} || mount --bind {path} /run/{name}"
        for name, path in seen.items()
    )
    sockets = f"{host.root}/sock/libvirt-sock {host.root}/sock/libvirt-sock-ro"
    host.run(
        "bash", "-ec",
        f"{mounts}\nmkdir -p /run/libvirt; ln -sf {sockets} /run/libvirt/\n"
        f"chmod 711 {host.root} {host.root}/sock; chown {_USER} {sockets}",
    )  # fmt: skip
    user = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups", "--"]
    return ["nsenter", f"--target={host.first_process()}", "--all", "--", *user]
