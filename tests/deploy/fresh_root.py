"""A Debian system with nothing in it but apt, in which packages are installed as people install them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.errors import MissingComponent

SOURCE = "deb http://deb.debian.org/debian bookworm main"
QUICKLY = (
    "--dpkgopt=force-unsafe-io",  # nobody needs it after a power cut
    '--aptopt=Acquire::Languages "none"',
    "--skip=cleanup/apt/lists",  # what is installed next is found in them
)


@dataclass(frozen=True, slots=True)
class FreshRoot:
    """The root's folder. No service is started in it, for no systemd runs there."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, *packages: str) -> FreshRoot:
        """Makes one, with these packages beside apt. Raises MissingComponent where that cannot be done."""
        if shutil.which("mmdebstrap") is None:
            raise MissingComponent("not installed: mmdebstrap; on Debian: apt-get install mmdebstrap")
        include = [f"--include={','.join(packages)}"] if packages else []
        folder.mkdir(parents=True)
        # In memory: thousands of small files are written, and soon taken away.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(folder)], check=True)
        made = cls(folder)
        command = [
            "mmdebstrap",
            "--quiet",
            "--variant=apt",
            *QUICKLY,
            *include,
            "bookworm",
            str(folder),
            SOURCE,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            made.remove()
            raise MissingComponent(f"no root of Debian: {done.stderr[-2000:]}")
        folder.chmod(0o755)
        return made

    def remove(self) -> None:
        """Takes the root away, and all that is in it."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def run(self, script: str, *, user: str = "root") -> subprocess.CompletedProcess[str]:
        """Runs a script of the shell there, with namespaces of its own; both outputs in their order."""
        inside = [
            "chroot",
            f"--userspec={user}",
            str(self.folder),
            "/usr/bin/env",
            "-i",
            f"HOME={self.home(user)}",
        ]
        inside += ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        apart = ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={self.folder}/proc"]
        return subprocess.run(
            [*apart, *inside, "sh", "-ec", f"cd; {script}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=300, check=False,
        )  # fmt: skip

    def does(self, script: str, *, user: str = "root") -> str:
        """What the script says; it has to succeed."""
        done = self.run(script, user=user)
        assert done.returncode == 0, f"{script}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def home(self, user: str) -> str:
        """Where somebody's folder is, as the root itself knows it."""
        lines = (self.folder / "etc/passwd").read_text().splitlines()
        return next(line.split(":")[5] for line in lines if line.startswith(f"{user}:"))
