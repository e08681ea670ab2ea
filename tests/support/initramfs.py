"""Small Linux systems of busybox and a few kernel modules, from Debian packages that nobody installs."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.support.debian import unpack

_FOLDERS = ("bin", "dev", "proc", "sys", "tmp", "etc", "run", "modules", "root")

ON_LEASE = """#!/bin/sh
# What udhcpc runs: takes the address over, and makes itself known to who gave it.
case $1 in
  deconfig) ip link set $interface up ;;
  bound) ip address replace $ip/$mask dev $interface; ping -c 1 -w 2 $serverid ;;
esac
"""


def busybox_root(work: Path, root: Path) -> None:
    """A root folder with busybox and all of its applets."""
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True)
    unpack(work, work / "busybox", "busybox-static")
    busybox = root / "bin/busybox"
    shutil.copy(next((work / "busybox").glob("**/bin/busybox")), busybox)
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout
    for applet in set(applets.split()) - {"busybox"}:
        (root / "bin" / applet).symlink_to("busybox")


def add_modules(root: Path, packages: Path, names: Iterable[str]) -> None:
    """Copies kernel modules, and those that they need, to /modules; /modules/order is the order to load them
    in."""
    found = {path.stem.replace("-", "_"): path for path in packages.glob("lib/modules/**/*.ko")}
    order = list(dict.fromkeys(name for wanted in names for name in _with_needed(wanted, found)))
    for name in order:
        shutil.copy(found[name], root / "modules" / f"{name}.ko")
    (root / "modules/order").write_text("\n".join(order) + "\n")


def _with_needed(name: str, found: Mapping[str, Path]) -> Iterator[str]:
    """A module after those that it depends on; what is built into the kernel is no file."""
    name = name.replace("-", "_")
    if name not in found:
        return
    depends = re.search(rb"\0depends=([^\0]*)\0", found[name].read_bytes())
    for needed in depends[1].decode().split(",") if depends else ():
        if needed:
            yield from _with_needed(needed, found)
    yield name


def packed(root: Path) -> bytes:
    """A root folder as an initramfs."""
    paths = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    return subprocess.run(
        [root / "bin/busybox", "cpio", "-o", "-H", "newc"],
        input=paths.encode(),
        cwd=root,
        capture_output=True,
        check=True,
    ).stdout


def script(path: Path, text: str) -> None:
    """Writes a file that can be run."""
    path.write_text(text)
    path.chmod(0o755)
