"""Where scenes are played: a simulated hypervisor anywhere, or a host of its own with a real libvirtd."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs import ROOT
from tests.docs.ready import CLIENT
from tests.docs.shell import Shell

if TYPE_CHECKING:
    from tests.support.daemons import LibvirtHost

HOME = "/home/ann"
"""What a person's folder is called on the pages."""

_USER = 1000


@dataclass(frozen=True, slots=True)
class Stage:
    """A place with the program installed, for the whole session: its folder, and how one gets there."""

    folder: Path
    clone: str
    entered: tuple[str, ...]
    user: int
    ends: str = "true"
    """What ends whatever lives on behind a command."""

    @contextmanager
    def opened(self) -> Iterator[tuple[Shell, Path]]:
        """A fresh home, and a shell in it, of somebody who has set nothing up."""
        with tempfile.TemporaryDirectory(prefix="home-", dir=self.folder) as made:
            home = Path(made)
            os.chown(home, self.user, -1)
            environment = {
                "PATH": f"{self.folder}/bin:/usr/local/bin:/usr/bin:/bin", "HOME": made, "LANG": "C.UTF-8",
                "TERM": "xterm", "COLUMNS": "80", "USER": "ann", "TZ": "UTC",
                # where they are anyway, but for root, whose own are the machine's
                "XDG_STATE_HOME": f"{made}/.local/state", "XDG_CACHE_HOME": f"{made}/.cache",
                # for the remarks: where the clone is, and its files for them
                "CLONE": self.clone, "FILES": f"{self.clone}/tests/docs/files",
            }  # fmt: skip
            with Shell(home, environment, self.entered) as shell:
                try:
                    yield shell, home
                finally:
                    shell.run(self.ends)


@functools.cache
def stage(name: str, host: LibvirtHost | None = None) -> Stage:
    """The stage of that name; `libvirt` is on a host, as an ordinary user who may use its libvirt."""
    folder = Path(tempfile.mkdtemp(prefix="vr-docs-", dir="/tmp"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    packages = sysconfig.get_path("purelib")
    if name != "libvirt":
        _install(folder, str(ROOT), packages, sys.executable, ())
        if name == "lab":
            (folder / "bin/sudo").write_text(
                '#!/bin/sh\nPATH=$PATH:/usr/sbin:/sbin SUDO_USER=root SUDO_UID=0 exec "$@"\n'
            )
            (folder / "bin/sudo").chmod(0o755)
        ends = "sudo virt-reconcile lab down lab" if name == "lab" else "true"
        return Stage(folder, str(ROOT), (), os.getuid(), ends)
    assert host is not None
    os.chown(folder, _USER, -1)
    entered = _enter(host, packages)
    _install(folder, "/run/clone", "/run/packages", "/run/python/bin/python3", entered)
    return Stage(folder, "/run/clone", entered, _USER)


def _enter(host: LibvirtHost, packages: str) -> tuple[str, ...]:
    """The way into a host, where what is installed is seen by everybody, and the user has its sockets."""
    seen = {"clone": str(ROOT), "packages": packages, "python": sys.base_prefix}
    mounts = "\n".join(
        f"mkdir -p /run/{name}; mount --bind {path} /run/{name}" for name, path in seen.items()
    )
    sockets = f"{host.root}/sock/libvirt-sock {host.root}/sock/libvirt-sock-ro"
    host.run(
        "bash", "-ec",
        f"{mounts}\nmkdir -p /run/libvirt; ln -sf {sockets} /run/libvirt/\n"
        f"chmod 711 {host.root} {host.root}/sock; chown {_USER} {sockets}",
    )  # fmt: skip
    user = ("setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups", "--")
    return ("nsenter", f"--target={host.first_process()}", "--all", "--", *user)


def _install(folder: Path, clone: str, packages: str, python: str, entered: tuple[str, ...]) -> None:
    """Puts the program where a shell finds it, ready to begin."""
    path, programs = f"{folder}/ready.sock", folder / "bin"
    programs.mkdir()
    scripts = {
        "python": f'#!/bin/sh\nPYTHONPATH={clone}:{packages} exec {python} -B "$@"\n',
        "virt-reconcile": f"#!{python} -IS\n{CLIENT.format(path=path)}",
    }
    for name, script in scripts.items():
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    process = subprocess.Popen(
        [*entered, str(programs / "python"), "-m", "tests.docs.ready", path],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", start_new_session=True,
    )  # fmt: skip
    atexit.register(process.kill)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
