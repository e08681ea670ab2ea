"""A host whose libvirtd is of a Debian root, and may become that of another one: an upgrade in place."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.support.daemons import LibvirtHost
from tests.versions.roots import MACHINE, libvirtd_of

_SCRIPT = Path(__file__).with_name("root.sh")
_NO_NAMESPACES = "namespaces = []\n"  # what QEMU sees of /dev is the root's already


class VersionHost(LibvirtHost):
    """`with VersionHost({"bookworm": root, "trixie": root}) as host:` starts the first suite's libvirtd."""

    def __init__(self, roots: Mapping[str, Path], kept: Path) -> None:
        """`kept` is the folder in which knowledge about each suite's QEMU is kept."""
        self._roots, self.suite = dict(roots), next(iter(roots))
        super().__init__("hv1", capabilities=kept / f"capabilities-{self.suite}")
        self._ready: set[str] = set()

    def upgrade(self, suite: str) -> None:
        """Stops libvirtd and starts another suite's over the same folders; guests go on."""
        self.stop()
        self.suite = suite
        self.start()

    def lay_folders(self) -> None:
        """The host's folders, with the settings and filters that its suite's packages bring."""
        super().lay_folders()
        for name in ("nwfilter", "qemu"):
            shutil.copytree(
                libvirtd_of(self._roots[self.suite]).parents[2] / "etc/libvirt" / name,
                self.root / "etc" / name,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("networks", "autostart"),
            )
        with (self.root / "etc/qemu.conf").open("a") as settings:
            settings.write(_NO_NAMESPACES)

    def libvirtd(self) -> str:
        """The command line of this suite's daemon."""
        root = self._roots[self.suite]
        if root == MACHINE:
            return super().libvirtd()
        if self.suite not in self._ready:
            self._ready.add(self.suite)
            self.run("bash", str(_SCRIPT), str(root), str(self.root))
        return f"chroot {root} /usr/sbin/libvirtd"
