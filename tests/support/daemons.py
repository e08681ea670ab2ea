"""Hosts with a libvirtd of their own, each in its own namespaces, folders and control groups.

The machine's own libvirt is never touched. A host ends with everything in it when it is closed, and
when the process that started it dies, however that happens.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import libvirt

from reconciler.lab.host import PIDFILE, LabHost, answers
from reconciler.lab.machine import require_machine
from reconciler.lab.switch import Switch, address_of
from tests.support.debian import cache_folder

_PATIENCE = 120.0
"""Seconds in which everything on a host can be removed, however slow the machine is."""
_STOPS = 60
"""Seconds in which libvirtd ends when it is asked to."""


class LibvirtHost(LabHost):
    """One host: `with LibvirtHost() as host: libvirt.open(host.qemu)`.

    `root` is the host's folder; what stands below it has the same path inside and outside the host.
    """

    def __init__(
        self,
        name: str = "hv1",
        *,
        switch: Switch | None = None,
        address: str = "",
        neighbours: dict[str, str] | None = None,
        shared: Path | None = None,
        capabilities: Path | None = None,
    ) -> None:
        require_machine()
        root = Path(tempfile.mkdtemp(prefix="vr-host-", dir="/tmp"))
        kept = capabilities or cache_folder() / "capabilities"
        super().__init__(name, root, address=address, neighbours=neighbours, shared=shared, capabilities=kept)
        self._switch = switch
        self._filters: frozenset[str] = frozenset()

    @property
    def images(self) -> Path:
        """A folder for disk images, the same inside and outside the host."""
        return self.root / "images"

    @property
    def own_images(self) -> Path:
        """Where /var/lib/libvirt/images of this host stands outside of it."""
        return self.root / "lib/images"

    def __enter__(self) -> Self:
        self.open(self._switch)
        self._filters = _filters_of(self.qemu)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def stop(self) -> None:
        """Stops libvirtd as a service manager does; its guests go on."""
        self._signal("TERM")

    def kill(self) -> None:
        """Kills libvirtd with SIGKILL; its guests go on."""
        self._signal("KILL")

    def restart(self) -> None:
        """Stops libvirtd and starts it again; its guests go on."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Makes libvirtd hang, as a host under pressure does."""
        self.run("kill", "-STOP", str(self._daemon()))

    def thaw(self) -> None:
        """Lets a frozen libvirtd go on."""
        self.run("kill", "-CONT", str(self._daemon()))

    def revive(self) -> None:
        """Thaws libvirtd or starts it, unless it answers."""
        with suppress(AssertionError):  # there may be none
            self.thaw()
        if not answers(self.root):
            self.run("rm", "-f", PIDFILE)
            self.start()

    def cut(self) -> None:
        """Takes it off the network between hosts; clients outside still reach it."""
        self.run("ip", "link", "set", "eth0", "down")

    def mend(self) -> None:
        """Connects it again."""
        self.run("ip", "link", "set", "eth0", "up")

    def run(self, *command: str) -> str:
        """Runs a program inside the host; its output."""
        entered = ("nsenter", "--target", str(self.first_process()), "--all", "--", *command)
        done = subprocess.run(entered, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise AssertionError(f"`{' '.join(command)}` failed on {self.name}: {done.stderr.strip()}")
        return done.stdout

    def virsh(self, *command: str, uri: str = "") -> str:
        """Runs one virsh command over QEMU (or another URI of this host), from outside of the project."""
        entered = ("virsh", "--connect", uri or self.qemu, "--quiet", *command)
        done = subprocess.run(entered, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise AssertionError(f"`virsh {' '.join(command)}` failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def qemu_process(self, domain: str) -> tuple[int, str]:
        """What identifies a guest's running QEMU: its process id and start time inside the host."""
        pid = self.run("cat", f"/run/libvirt/qemu/{domain}.pid").strip()
        stat = self.run("cat", f"/proc/{pid}/stat").rpartition(")")[2].split()
        return int(pid), stat[19]

    def clear(self) -> None:
        """Ends and removes every domain, network, pool, secret and filter that tests made."""
        for uri in (self.qemu, self.lxc):
            with self._answering():
                connection = libvirt.open(uri)
                try:
                    _remove_everything(connection, self._filters)
                finally:
                    connection.close()
        for folder in (self.images, self.own_images):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

    def _daemon(self) -> int:
        return int(self.run("cat", PIDFILE))

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """A libvirtd that answers no more is killed: a call of libvirt waits for it for ever."""
        watch = threading.Timer(_PATIENCE, self._signal, ("KILL",))
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _signal(self, name: str) -> None:
        """Ends libvirtd; one that does not end is killed, as a service manager does it."""
        pid = self._daemon()
        self.run("kill", f"-{name}", str(pid))
        gone = f"for _ in $(seq {_STOPS * 50}); do kill -0 {pid} 2>/dev/null || exit 0; sleep 0.02; done"
        self.run("bash", "-c", f"{gone}; kill -KILL {pid} 2>/dev/null; sleep 1")
        self.run("rm", "-f", PIDFILE)


class HostFleet:
    """Several hosts that reach each other: `hv1, hv2, hv3 = HostFleet(3).open().hosts`.

    `shared` is a folder that all of them see at the same path; each has its own /var/lib/libvirt/images.
    """

    def __init__(self, number: int = 3) -> None:
        require_machine()
        self.shared = Path(tempfile.mkdtemp(prefix="vr-shared-", dir="/tmp"))
        self._number = number
        self._switch: Switch | None = None
        self.hosts: tuple[LibvirtHost, ...] = ()

    def open(self) -> HostFleet:
        """Starts the hosts, all at once."""
        try:
            self._switch = Switch(self.shared / "switch.log")
            known = {f"hv{i}": address_of(i) for i in range(1, self._number + 1)}
            self.hosts = tuple(
                LibvirtHost(name, switch=self._switch, address=address, neighbours=known, shared=self.shared)
                for name, address in known.items()
            )
            with ThreadPoolExecutor() as pool:
                list(pool.map(LibvirtHost.__enter__, self.hosts))
        except BaseException:
            self.close()
            raise
        return self

    def clear(self) -> None:
        """Empties every host and the shared folder, whatever became of them."""
        for host in self.hosts:
            host.mend()
            host.revive()
            host.clear()
        shutil.rmtree(self.shared)
        self.shared.mkdir()

    def close(self) -> None:
        """Ends everything and removes all traces of it."""
        for host in self.hosts:
            host.close()
        if self._switch:
            self._switch.close()
        shutil.rmtree(self.shared, ignore_errors=True)


def _filters_of(uri: str) -> frozenset[str]:
    connection = libvirt.open(uri)
    try:
        return frozenset(found.name() for found in connection.listAllNWFilters())
    finally:
        connection.close()


def _remove_everything(connection: libvirt.virConnect, filters: frozenset[str]) -> None:
    for domain in connection.listAllDomains():
        if domain.isActive():
            with suppress(libvirt.libvirtError):  # it may have ended by itself just now
                domain.destroy()
    for domain in connection.listAllDomains():
        flags = libvirt.VIR_DOMAIN_UNDEFINE_NVRAM | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
        flags |= libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
        domain.undefineFlags(flags if connection.getType() == "QEMU" else 0)
    for thing in (*connection.listAllNetworks(), *connection.listAllStoragePools()):
        if thing.isActive():
            thing.destroy()
    for thing in (
        *connection.listAllNetworks(),
        *connection.listAllStoragePools(),
        *connection.listAllSecrets(),
    ):
        thing.undefine()
    for thing in connection.listAllNWFilters():
        if thing.name() not in filters:
            thing.undefine()
