"""A tree and a simulated host in one folder, and the program over them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers.contract.complete import CompleteHost, open_complete
from drivers.simulated import faults
from reconciler.cli.main import call
from specs.identity import Kind

UUID = "5c1f2d3e-4a5b-4c6d-8e7f-9a0b1c2d3e4f"
GUEST = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}, labels: {{app: {name}}}}}
spec: {{memory: {memory}, vcpus: 1, state: {state}, host: {host}}}
"""

_MANY = 1_000_000


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    """However slow the machine is; it is there long before the time is up."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.02)


@dataclass(frozen=True)
class Said:
    """What a call gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Lab:
    """The folder `path` holds the tree `tree`, and `sim.db` with the hosts."""

    path: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def tree(self) -> Path:
        return self.path / "tree"

    def uri(self, host: str = "hv1") -> str:
        return f"sim://{self.path}/sim.db?host={host}"

    def write(self, name: str, content: str) -> None:
        file = self.tree / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def fleet(
        self,
        *,
        prune: bool = False,
        most: int = 10,
        name: str = "shop",
        uuid: str = UUID,
        shrink: str = "100%",
        **hosts: str,
    ) -> None:
        """A fleet with these hosts; by default hv1 of the simulated file. A `uuid` of '' is not said."""
        said = f"uuid: {uuid}, " if uuid else ""
        text = (
            f"apiVersion: virt-reconcile/v1\nkind: Fleet\nmetadata: {{name: {name}}}\n"
            f"spec: {{{said}prune: {str(prune).lower()}, maxDeletions: {most}, maxShrink: {shrink}}}\n"
        )
        for host, uri in (hosts or {"hv1": self.uri()}).items():
            text += (
                f"---\napiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {{name: {host}}}\n"
                f'spec: {{uri: "{uri}"}}\n'
            )
        self.write("fleet.yaml", text)

    def guest(self, name: str, *, memory: str = "1GiB", state: str = "running", host: str = "hv1") -> None:
        self.write(f"{name}.yaml", GUEST.format(name=name, memory=memory, state=state, host=host))

    def __call__(self, *arguments: str) -> Said:
        """The program in this process; TREE stands for the tree."""
        self.capsys.readouterr()
        code = call([str(self.tree) if a == "TREE" else a for a in arguments])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(code, said.out, said.err)

    def applied(self) -> Said:
        said = self("apply", "TREE", "--yes")
        assert said.code == 0, said.err + said.out
        return said

    def assert_converged(self) -> None:
        said = self("plan", "TREE", "--detailed-exitcode")
        assert said.code == 0, said.out + said.err

    def driver(self, host: str = "hv1") -> CompleteHost:
        return open_complete(self.uri(host), host=host)

    def domains(self, host: str = "hv1") -> dict[str, str]:
        """Name → power of the host's domains."""
        driver = self.driver(host)
        seen = driver.observe.inventory().objects.values()
        driver.close()
        return {o.name: str(o.power) for o in seen if o.kind is Kind.DOMAIN}

    def hang(self, verb: str, name: str) -> None:
        """Lets these calls of hv1 hang, until the faults are cleared."""
        faults.inject(self.path / "sim.db", "hv1", verb, name, "hang", times=_MANY)

    def wait_until_it_hangs(self) -> None:
        """Until somebody has run into what `hang` laid out."""
        wait_until(lambda: any(fault.remaining < _MANY for fault in faults.pending(self.path / "sim.db")))

    def popen(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """The program as a process of its own."""
        command = [sys.executable, "-m", "reconciler.cli.main"]
        command += [str(self.tree) if a == "TREE" else a for a in arguments]
        given: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
        given |= {"stderr": subprocess.PIPE, "text": True, "env": os.environ | {"PYTHONUNBUFFERED": "1"}}
        return subprocess.Popen(command, **(given | options))
