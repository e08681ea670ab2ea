"""Hosts with a libvirtd of their own, each in its own namespaces, folders and control groups.

The machine's own libvirt is never touched. A host ends with everything in it when it is closed, and
when the process that started it dies, however that happens.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import libvirt

from tests.support.errors import MissingComponent
from tests.support.guests import cache_folder

_SCRIPT = Path(__file__).with_name("host.sh")
_PROGRAMS = (
    "libvirtd", "virsh", "qemu-system-x86_64", "qemu-img", "dnsmasq", "ip", "unshare", "nsenter", "bash",
    "awk",
)  # fmt: skip
_PIDFILE = "/run/libvirtd.pid"
_START_SECONDS = 60.0

_LIBVIRTD_CONF = """\
host_uuid = "{uuid}"
unix_sock_dir = "{root}/sock"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_level = 3
log_outputs = "3:file:{root}/log/libvirtd.log"
"""
_QEMU_CONF = """\
security_driver = "none"
user = "root"
group = "root"
stdio_handler = "file"
remember_owner = 0
"""
_LXC_CONF = 'security_driver = "none"\n'


def require_machine() -> None:
    """Raises MissingComponent, with all that is missing, on a machine that cannot run a test host."""
    if sys.platform != "linux":
        raise MissingComponent("libvirtd runs on Linux only")
    if os.geteuid() != 0:
        raise MissingComponent("only root may start a libvirtd in namespaces of its own")
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        raise MissingComponent(f"not installed: {', '.join(missing)} (tests/run installs what is needed)")


class LibvirtHost:
    """One host: `with LibvirtHost() as host: libvirt.open(host.qemu)`.

    `root` is the host's folder; what stands below it has the same path inside and outside the host.
    """

    def __init__(self, name: str = "hv1") -> None:
        require_machine()
        self.name = name
        self.root = Path(tempfile.mkdtemp(prefix="vr-host-", dir="/tmp"))
        self._groups = tuple(_own_control_groups(self.root.name))
        self._shell: subprocess.Popen[str] | None = None
        self._filters: frozenset[str] = frozenset()

    @property
    def qemu(self) -> str:
        """The URI of the QEMU driver."""
        return self._uri("qemu")

    @property
    def lxc(self) -> str:
        """The URI of the container driver."""
        return self._uri("lxc")

    @property
    def images(self) -> Path:
        """A folder for disk images, the same inside and outside the host."""
        return self.root / "images"

    def __enter__(self) -> LibvirtHost:
        try:
            self._lay_folders()
            self._enter_namespaces()
            self.start()
            self._filters = _filters_of(self.qemu)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Starts libvirtd and waits until it answers."""
        self._tell(f"libvirtd --pid-file {_PIDFILE} >{self.root}/log/libvirtd.out 2>&1 </dev/null &")
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > until:
                raise AssertionError(f"libvirtd does not answer; it says:\n{self.log()}")
            time.sleep(0.05)

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

    def run(self, *command: str) -> str:
        """Runs a program inside the host; its output."""
        entered = ("nsenter", "--target", str(self._first_process()), "--all", "--", *command)
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
            connection = libvirt.open(uri)
            try:
                _remove_everything(connection, self._filters)
            finally:
                connection.close()
        shutil.rmtree(self.images, ignore_errors=True)
        self.images.mkdir()

    def log(self) -> str:
        """The end of what libvirtd has logged."""
        texts = [path.read_text(errors="replace") for path in sorted((self.root / "log").glob("libvirtd*"))]
        return "\n".join(texts)[-4000:]

    def close(self) -> None:
        """Ends everything in the host and removes all traces of it."""
        if self._shell:
            for stream in (self._shell.stdin, self._shell.stdout):
                if stream:
                    stream.close()
            self._shell.kill()  # `--kill-child` takes the namespaces' first process, and that all others
            self._shell.wait()
            self._shell = None
        _keep_capabilities(self.root)
        for group in self._groups:
            _remove_control_group(group)
        shutil.rmtree(self.root, ignore_errors=True)

    def _uri(self, driver: str) -> str:
        return f"{driver}+unix:///system?socket={self.root}/sock/libvirt-sock"

    def _lay_folders(self) -> None:
        for folder in ("lib/images", "log", "cache", "sock", "images"):
            (self.root / folder).mkdir(parents=True)
        etc = self.root / "etc"
        shutil.copytree("/etc/libvirt", etc)
        shutil.rmtree(etc / "qemu/networks", ignore_errors=True)
        (etc / "libvirtd.conf").write_text(_LIBVIRTD_CONF.format(uuid=uuid.uuid4(), root=self.root))
        (etc / "qemu.conf").write_text(_QEMU_CONF)
        (etc / "lxc.conf").write_text(_LXC_CONF)
        kept = cache_folder() / "capabilities"
        if kept.exists():  # asking QEMU for them costs more than everything else
            shutil.copytree(kept, self.root / "cache/qemu/capabilities")

    def _enter_namespaces(self) -> None:
        join = "".join(f"echo $$ > {group}/cgroup.procs; " for group in self._groups)
        unshare = (
            "exec unshare --mount --uts --net --ipc --pid --cgroup --fork --kill-child --mount-proc"
            f" bash {_SCRIPT} {self.root} {self.name}"
        )
        self._shell = subprocess.Popen(
            ["sh", "-c", join + unshare],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self.root / "log/libvirtd.host").open("w"),
            text=True,
        )
        assert self._shell.stdout is not None
        if self._shell.stdout.readline().strip() != "ready":
            raise MissingComponent(f"the machine allows no namespaces of our own: {self.log().strip()}")

    def _tell(self, command: str) -> None:
        assert self._shell is not None
        assert self._shell.stdin is not None
        self._shell.stdin.write(command + "\n")
        self._shell.stdin.flush()

    def _first_process(self) -> int:
        assert self._shell is not None
        pid = self._shell.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def _daemon(self) -> int:
        return int(self.run("cat", _PIDFILE))

    def _signal(self, name: str) -> None:
        pid = self._daemon()
        self.run("kill", f"-{name}", str(pid))
        self.run("timeout", "60", "bash", "-c", f"while kill -0 {pid} 2>/dev/null; do sleep 0.02; done")
        self.run("rm", "-f", _PIDFILE)

    def _answers(self) -> bool:
        if not (self.root / "sock/libvirt-sock").exists():
            return False
        try:
            libvirt.open(self.qemu).close()
        except libvirt.libvirtError:
            return False
        return True


def _filters_of(uri: str) -> frozenset[str]:
    connection = libvirt.open(uri)
    try:
        return frozenset(found.name() for found in connection.listAllNWFilters())
    finally:
        connection.close()


def _remove_everything(connection: libvirt.virConnect, filters: frozenset[str]) -> None:
    for domain in connection.listAllDomains():
        if domain.isActive():
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


def _own_control_groups(name: str) -> Iterable[Path]:
    """A group of our own in every hierarchy of version 1, below the one that we are in."""
    points = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if kind == "cgroup":
            points[frozenset(options.split(",")) - {"rw", "ro", "xattr"}] = before.split()[4]
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        point = points.get(frozenset(controllers.split(",")))
        if point:
            group = Path(point + path) / name
            group.mkdir()
            for setting in ("cpuset.cpus", "cpuset.mems"):  # empty at first, and then nothing may enter
                if (group / setting).exists():
                    (group / setting).write_text((group.parent / setting).read_text())
            yield group


def _remove_control_group(group: Path) -> None:
    """Removes a group and those below it, once the last process has really left."""
    for folder, _, _ in os.walk(group, topdown=False):
        for _ in range(50):
            try:
                Path(folder).rmdir()
                break
            except OSError:
                time.sleep(0.1)


def _keep_capabilities(root: Path) -> None:
    asked, kept = root / "cache/qemu/capabilities", cache_folder() / "capabilities"
    if asked.is_dir() and any(asked.iterdir()):
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(asked, kept, dirs_exist_ok=True)
