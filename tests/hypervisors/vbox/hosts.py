"""Two VirtualBox hosts: one root, two users' homes, each with its own services, and an ssh server each."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from drivers.base.registry import open_host
from drivers.contract.complete import CompleteHost
from tests.hypervisors.vbox.guest import FLOPPY
from tests.hypervisors.vbox.root import INIT
from tests.support.sshd import free_port, listens

NAMES = ("vbox1", "vbox2")
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class VBoxHosts:
    """Both, in namespaces that end with this process. `home` is that of the client, whose ssh knows them by
    NAMES; what stands below `folder` has the same path inside and outside."""

    def __init__(self, root: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vr-vbox-", dir="/tmp"))
        self.home = self.folder / "home"
        self.boot = self.folder / "boot.img"
        self.boot.write_bytes(FLOPPY)
        self._ports = {name: free_port() for name in NAMES}
        self._written = Path(tempfile.mkdtemp(prefix="vr-vbox-", dir=root.parent))
        settings = [self._server(name) for name in NAMES]
        self._client()
        init = self.folder / "init"
        init.write_text(INIT)
        apart = ("--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child")
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["unshare", *apart, "bash", str(init), str(root), str(self._written), *map(str, settings)],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait()
        self.run(NAMES[0], "sh", "-c", f"echo 127.0.0.1 {' '.join(NAMES)} >> /etc/hosts")
        for name in NAMES:
            self.manage(name, "setextradata", "global", "VBoxInternal/HM/FallbackToIEM", "1")

    def uri(self, name: str) -> str:
        """What a host is opened by."""
        return f"vbox+ssh://{name}/"

    def open(self, name: str = NAMES[0], *, readonly: bool = False) -> CompleteHost:
        """Opens one, as the client whose home this is."""
        os.environ["HOME"] = str(self.home)
        return open_host(self.uri(name), host=name, readonly=readonly)  # type: ignore[return-value]

    def run(self, name: str, *command: str, check: bool = True) -> str:
        """Runs a program as that host, past the project."""
        entered = [
            "nsenter",
            "-t",
            self._server_process(name),
            *["-m", "-p", "-i", "-u", "-r", "-w", "env", "-i"],
        ]
        environment = [f"{key}={value}" for key, value in self._environment(name).items()]
        done = subprocess.run(
            [*entered, f"PATH={_PATH}", "HOME=/root", *environment, *command],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"`{' '.join(command)}` failed on {name}: {done.stderr.strip()}")
        return done.stdout

    def manage(self, name: str, *words: str, check: bool = True) -> str:
        """Runs VBoxManage as that host."""
        return self.run(name, "/usr/lib/virtualbox/VBoxManage", *words, check=check)

    def clear(self) -> None:
        """Ends and removes all that tests made on both."""
        for name in NAMES:
            self.run(
                name, "pkill", "-KILL", "-f", "^/usr/lib/virtualbox/(VirtualBoxVM|VBoxSVC).*", check=False
            )
        for name in NAMES:
            for file in ("machines", "config"):
                shutil.rmtree(self.folder / name / file, ignore_errors=True)
            self.manage(name, "setextradata", "global", "VBoxInternal/HM/FallbackToIEM", "1")
            self.manage(name, "setproperty", "machinefolder", str(self.folder / name / "machines"))

    def cut(self, name: str) -> None:
        """Kills every ssh session to a host; its server goes on listening."""
        self.run(name, "pkill", "-KILL", "-f", "^sshd-session", check=False)

    def close(self) -> None:
        """Ends everything."""
        self._process.kill()
        self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self._written, ignore_errors=True)

    def own(self, name: str) -> Path:
        """A folder that only this host sees."""
        return self.folder / name / "own"

    def _environment(self, name: str) -> dict[str, str]:
        return {
            "VBOX_USER_HOME": str(self.folder / name / "config"),
            "VBOX_IPC_SOCKETID": f"{self.folder.name}-{name}",
        }

    def _server(self, name: str) -> Path:
        self.own(name).mkdir(parents=True)
        (self.own(name) / "boot.img").write_bytes(FLOPPY)
        ssh = self.home / ".ssh"
        ssh.mkdir(parents=True, mode=0o700, exist_ok=True)
        for key in (self.folder / name / "host_key", ssh / "key"):
            if not key.exists():
                subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        said = " ".join(f"{key}={value}" for key, value in self._environment(name).items())
        settings = self.folder / name / "sshd_config"
        settings.write_text(
            f"Port {self._ports[name]}\nListenAddress 127.0.0.1\nHostKey {self.folder / name / 'host_key'}\n"
            f"AuthorizedKeysFile {ssh / 'key.pub'}\nStrictModes no\nUsePAM no\nPidFile none\nSetEnv {said}\n"
            "Subsystem sftp internal-sftp\n"
        )
        return settings

    def _client(self) -> None:
        ssh = self.home / ".ssh"
        known = [
            f"[127.0.0.1]:{self._ports[name]} {(self.folder / name / 'host_key.pub').read_text()}"
            for name in NAMES
        ]
        (ssh / "known_hosts").write_text("".join(known))
        (ssh / "config").write_text(
            "".join(
                f"Host {name}\n Hostname 127.0.0.1\n Port {self._ports[name]}\n User root\n"
                f" IdentityFile {ssh / 'key'}\n"
                for name in NAMES
            )
        )

    def _server_process(self, name: str) -> str:
        """The ssh server of a host, whose namespaces all of it is in; seen from outside."""
        sought = f"-f {self.folder / name / 'sshd_config'}"
        command = ["pgrep", "--full", f"sshd: .*{sought}"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while not all(map(listens, self._ports.values())):
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.05)


RUNNING: list[VBoxHosts] = []
"""Those that a run has started."""
