"""One host: a libvirtd in namespaces, folders and control groups of its own."""

from __future__ import annotations

import hashlib
import subprocess
import time
from pathlib import Path

from reconciler.lab.errors import LabError
from reconciler.lab.folders import keep_capabilities, lay_folders, remove_folder
from reconciler.lab.groups import group_paths, make_group, remove_group
from reconciler.lab.holder import NamespaceHolder
from reconciler.lab.switch import Switch

PIDFILE = "/run/libvirtd.pid"
_SCRIPT = Path(__file__).with_name("host.sh")
_START_SECONDS = 60.0


class LabHost:
    """A host whose folder is `root`; what stands below it has the same path inside and outside.

    With a switch it has the address `address` there, at which others migrate guests to it; `neighbours`
    are the names and addresses that it knows, `shared` a folder that they have in common. `capabilities`
    is where knowledge about QEMU is kept.
    """

    def __init__(
        self,
        name: str,
        root: Path,
        *,
        address: str = "",
        neighbours: dict[str, str] | None = None,
        shared: Path | None = None,
        capabilities: Path | None = None,
    ) -> None:
        self.name, self.root, self.address = name, root, address
        self.groups = tuple(group_paths(_group_name(root)))
        self._neighbours, self._shared, self._capabilities = neighbours or {}, shared, capabilities
        self.holder: NamespaceHolder | None = None
        self._starts = 0

    @property
    def qemu(self) -> str:
        """The URI of the QEMU driver, for clients outside."""
        return uri_of(self.root, "qemu")

    @property
    def lxc(self) -> str:
        """The URI of the container driver, for clients outside."""
        return uri_of(self.root, "lxc")

    @property
    def peer(self) -> str:
        """The URI by which other hosts reach it."""
        return f"qemu+tcp://{self.address}/system"

    def open(self, switch: Switch | None = None) -> None:
        """Makes the host and starts its libvirtd. Raises LabError when it cannot; nothing is left then."""
        try:
            self.lay_folders()
            if self._neighbours:
                lines = [f"{address} {name}\n" for name, address in self._neighbours.items()]
                (self.root / "hosts").write_text("127.0.0.1 localhost\n" + "".join(lines))
            self.holder = self._enter_namespaces()
            if switch:
                switch.plug(self.name, self.first_process(), self.address)
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Starts libvirtd and waits until it answers."""
        assert self.holder is not None
        self._starts += 1
        ended = self.root / f"log/ended-{self._starts}"
        listen = "--listen" if self.address else ""
        command = f"{self.libvirtd()} {listen} --pid-file {PIDFILE}"
        self.holder.tell(
            f"{{ {command} >{self.root}/log/libvirtd.out 2>&1 </dev/null; echo $? >{ended}; }} &"
        )
        until = time.monotonic() + _START_SECONDS
        while not answers(self.root):
            if self.holder is None:
                raise LabError(f"{self.name} was closed while it started")
            if ended.exists() or time.monotonic() > until:
                raise LabError(f"libvirtd does not answer on {self.name}; it says:\n{self.log()}")
            time.sleep(0.05)

    def lay_folders(self) -> None:
        """Makes what libvirt finds where its own folders would be."""
        lay_folders(self.root, address=self.address, shared=self._shared, capabilities=self._capabilities)

    def libvirtd(self) -> str:
        """The command that runs libvirtd inside."""
        return "libvirtd"

    def first_process(self) -> int:
        """The first process inside."""
        return self.holder.process.first_inside() if self.holder else 0

    def log(self) -> str:
        """The end of what libvirtd has logged."""
        texts = [path.read_text(errors="replace") for path in sorted((self.root / "log").glob("libvirtd*"))]
        return "\n".join(texts)[-4000:]

    def release(self) -> None:
        """Lets it live on without us."""
        assert self.holder is not None
        self.holder.release(self.root / "control")

    def close(self) -> None:
        """Ends everything in the host and removes all traces of it."""
        if self.holder:
            self.holder.end()
            self.holder = None
        if self._capabilities:
            keep_capabilities(self.root, self._capabilities)
        for group in self.groups:
            remove_group(group)
        remove_folder(self.root)

    def _enter_namespaces(self) -> NamespaceHolder:
        for group in self.groups:
            make_group(group)
        join = "".join(f"echo $$ > {group}/cgroup.procs; " for group in self.groups)
        unshare = (
            "exec unshare --mount --uts --net --ipc --pid --cgroup --fork --kill-child --mount-proc"
            f" bash {_SCRIPT} {self.root} {self.name}"
        )
        return NamespaceHolder(["sh", "-c", join + unshare], self.root / "log/libvirtd.host")


def uri_of(root: Path, driver: str = "qemu") -> str:
    """The URI by which a host is reached from outside of it."""
    return f"{driver}+unix:///system?socket={root}/sock/libvirt-sock"


def answers(root: Path, seconds: float = 10.0) -> bool:
    """Whether a host's libvirtd answers within a time; one that hangs takes connections and is silent."""
    if not (root / "sock/libvirt-sock").exists():
        return False
    asked = ["virsh", "--quiet", "--connect", uri_of(root), "hostname"]
    try:
        done = subprocess.run(  # noqa: S603 - a command of ours
            asked, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _group_name(root: Path) -> str:
    """Hosts of equal names in different folders have groups of their own."""
    return f"virt-reconcile-{root.name}-{hashlib.sha256(str(root).encode()).hexdigest()[:10]}"
