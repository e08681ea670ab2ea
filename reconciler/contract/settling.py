"""A tree for one host, and the command line upon it, as a person runs it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from drivers.contract.complete import CompleteHost
from drivers.contract.specimens import Specimens
from reconciler.cli.main import call

HOST = "contract"
_FLEET = """\
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {{name: contract}}
spec: {{uuid: 0b8f9a4e-6c1d-4e2f-8a3b-7d5c9e1f2a47, maxShrink: 100%{fleet}}}
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: {host}}}
spec:
  uri: {uri}
  {more}
"""
_DOMAIN = """\
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}}}
spec: {{host: {host}, state: {state}, {spec}}}
"""


class HostTree:
    """A tree that declares one host, and what the command line says of it."""

    def __init__(
        self, folder: Path, driver: CompleteHost, specimens: Specimens, capture: pytest.CaptureFixture[str]
    ) -> None:
        """Declares the host, and the ground that all stands on."""
        self.driver, self.specimens, self.folder = driver, specimens, folder
        self._tree, self._capture = folder / "tree", capture
        fleet = f", {specimens.fleet}" if specimens.fleet else ""
        uri = json.dumps(driver.uri)
        self._write("fleet.yaml", _FLEET.format(host=HOST, uri=uri, more=specimens.host, fleet=fleet))
        self._write("ground.yaml", specimens.ground)

    def declare(self, specs: Mapping[str, str], *, state: str = "stopped") -> None:
        """Domains by their specs, in place of those of these names."""
        for name, spec in specs.items():
            self._write(f"{name}.yaml", _DOMAIN.format(name=name, host=HOST, state=state, spec=spec.strip()))

    def declare_documents(self, documents: Mapping[str, str]) -> None:
        """Domains as libvirt XML."""
        for name, document in documents.items():
            self._write(f"{HOST}/{name}.xml", document)

    def apply(self) -> None:
        """Applies, and expects it to go well."""
        code, out, err = self._run("apply", "--yes", "--verbose")
        assert code == 0, out + err

    def expect_nothing_to_do(self) -> None:
        """Plans, and expects no change, and nothing that waits."""
        code, out, err = self._run("plan", "--detailed-exitcode")
        assert code == 0, f"after it was applied, this is still to be done:\n{out}{err}"

    def expect_changes(self, names: Iterable[str]) -> None:
        """Plans, and expects each of these domains to be changed."""
        code, out, err = self._run("plan", "-o", "json")
        assert code == 0, err
        resources = json.loads(out)["resources"]
        changing = {r["address"].partition("/")[2] for r in resources if r["status"] == "change"}
        unseen = sorted(set(names) - changing)
        assert not unseen, f"no change is seen of {unseen}"

    def settle(self) -> None:
        """Applies; then nothing is to be done, with what was recorded and without it."""
        self.apply()
        self.expect_nothing_to_do()
        self.lose_state()
        self.expect_nothing_to_do()
        self.apply()
        self.expect_nothing_to_do()

    def lose_state(self) -> None:
        """Deletes the state, as somebody may."""
        shutil.rmtree(self._tree / ".virt-reconcile")

    def said(self, command: str, *options: str) -> tuple[int, str]:
        """A command's exit code, and all that it says."""
        code, out, err = self._run(command, *options)
        return code, out + err

    def _run(self, command: str, *options: str) -> tuple[int, str, str]:
        """A command's exit code, its result and its messages."""
        self._capture.readouterr()
        code = call([command, str(self._tree), *options])
        said = self._capture.readouterr()
        assert "Traceback" not in said.err, said.err
        return code, said.out, said.err

    def _write(self, name: str, text: str) -> None:
        path = self._tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{folder}", str(self.folder)), encoding="utf-8")
