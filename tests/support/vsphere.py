"""A vCenter or an ESX of govmomi's simulator (Debian: golang-go, golang-github-vmware-govmomi-dev).

The program is ours (vcsim/main.go); it is built once for a version of these packages and kept.

    with VsphereServer() as server:
        host = server.open("?host=DC0_C0_H0")
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.base import Host
from drivers.base.registry import open_host
from tests.support.debian import cached, run
from tests.support.errors import MissingComponent

SOURCE = Path(__file__).parent / "vcsim"
GOPATH = Path("/usr/share/gocode")
USER, PASSWORD = "operator", "correct & horse"
CREDENTIALS = {"authname": USER, "passphrase": PASSWORD}


@functools.cache
def program() -> Path:
    """The simulator's program; half a minute where it was never built."""
    govmomi = GOPATH / "src/github.com/vmware/govmomi/simulator/virtual_machine.go"
    digest = hashlib.sha256(
        b"".join(file.read_bytes() for file in [*sorted(SOURCE.glob("*.go")), govmomi])
    ).hexdigest()[:16]
    return cached(f"vcsim-{digest}", _build) / "vcsim"


def _build(work: Path, made: Path) -> None:
    if shutil.which("go") is None:
        raise MissingComponent("no program go: apt install golang-go golang-github-vmware-govmomi-dev")
    own = {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(work / "go-build"), "GOFLAGS": ""}
    command = ["go", "build", "-o", str(made / "vcsim"), "."]
    subprocess.run(command, cwd=SOURCE, env={**os.environ, **own}, check=True, timeout=600)


@functools.cache
def certificate() -> tuple[Path, Path]:
    """A certificate of our own for 127.0.0.1, and its key."""

    def make(_: Path, made: Path) -> None:
        words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650"
        more = [
            "-subj",
            "/CN=vcsim",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            str(made / "key.pem"),
        ]
        run([*words.split(), *more, "-out", str(made / "cert.pem")])

    folder = cached("vcsim-certificate-ec", make)
    return folder / "cert.pem", folder / "key.pem"


class VsphereServer:
    """One server, with nothing on it but what is asked for; gone with the process that started it."""

    def __init__(
        self,
        *,
        esx: bool = False,
        machines: int = 0,
        hosts: int = 2,
        datastores: int = 1,
        datastore: str = "",
    ) -> None:
        cert, key = certificate()
        self.cert, self.esx = cert, esx
        arguments: list[str | Path] = [
            "-user",
            USER,
            "-password",
            PASSWORD,
            "-certificate",
            cert,
            "-key",
            key,
        ]
        arguments += ["-machines", str(machines), "-hosts", str(hosts), "-datastores", str(datastores)]
        arguments += ["-datastore", datastore]
        self._process = subprocess.Popen(
            [program(), *arguments, *(["-esx"] if esx else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        assert self.address, "the simulator did not start"

    def uri(self, query: str = "", *, address: str = "") -> str:
        """The server's URI, with the certificate by which it is known."""
        joined = f"{query}&" if query else "?"
        return f"vsphere://{address or self.address}/{joined}cafile={self.cert}"

    def open(self, query: str = "", *, readonly: bool = False, address: str = "") -> Host:
        """A host of it."""
        return open_host(
            self.uri(query, address=address), host="vc", readonly=readonly, credentials=CREDENTIALS
        )

    def close(self) -> None:
        """Ends the server."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
