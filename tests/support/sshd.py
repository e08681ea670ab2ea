"""A real sshd with a port and keys of its own, and a home whose configuration leads to it."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.debian import run
from tests.support.errors import MissingComponent

_SSHD = "/usr/sbin/sshd"
_SEPARATION = Path("/run/sshd")
"""Where sshd wants an empty folder when root starts it."""

CALLED = "hypervisor"
"""What the client's configuration calls the server."""


class SshServer:
    """One server; `home` holds the .ssh of its one client."""

    def __init__(self, folder: Path) -> None:
        if not Path(_SSHD).exists():
            raise MissingComponent("no sshd; on Debian: apt-get install openssh-server")
        self.folder, self.home = folder, folder / "home"
        self.port = free_port()
        self._prepare()
        self.start()

    def start(self) -> None:
        """Starts it, and waits until it listens."""
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [_SSHD, "-D", "-e", "-f", str(self.folder / "sshd_config")], stderr=log, start_new_session=True
        )
        until = time.monotonic() + 30
        while not listens(self.port):
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, "sshd does not listen"
            time.sleep(0.02)

    def cut(self) -> None:
        """Kills all sessions; the server goes on listening."""
        for session in _children(self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(session, signal.SIGKILL)

    def stop(self) -> None:
        """Ends it and its sessions."""
        self.cut()
        self._process.kill()
        self._process.wait(10)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It answers nothing, and refuses nothing."""
        everybody = (self._process.pid, *_children(self._process.pid))
        for number, process in ((signal.SIGSTOP, each) for each in everybody):
            os.kill(process, number)
        try:
            yield
        finally:
            for process in everybody:
                os.kill(process, signal.SIGCONT)

    def _prepare(self) -> None:
        if os.geteuid() == 0:
            _SEPARATION.mkdir(mode=0o755, exist_ok=True)
        ssh = self.home / ".ssh"
        ssh.mkdir(parents=True, mode=0o700)
        for key in (self.folder / "host_key", ssh / "key"):
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)])
        public = (self.folder / "host_key.pub").read_text()
        (ssh / "known").write_text(f"[127.0.0.1]:{self.port} {public}")
        (ssh / "config").write_text(
            f"Host {CALLED}\n Hostname 127.0.0.1\n Port {self.port}\n User {getpass.getuser()}\n"
            f" IdentityFile {ssh / 'key'}\n UserKnownHostsFile {ssh / 'known'}\n"
        )
        (self.folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder / 'host_key'}\nPidFile none\n"
            f"AuthorizedKeysFile {ssh / 'key.pub'}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
            "PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n"
        )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children")
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []
