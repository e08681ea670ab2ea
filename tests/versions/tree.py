"""The command line upon a tree of documents, in this process, with what it said."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cli.main import call
from specs.identity import Kind
from tests.versions.documents import Document

_FLEET = """\
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {name: default}
spec: {uuid: 3a0fbb9e-4a7d-4c11-9d0e-6c54f0a1f7aa, maxDeletions: 5000, maxShrink: 100%}
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {name: hv1}
"""
_INACTIVE = """\
apiVersion: virt-reconcile/v1
kind: {}
metadata: {{name: {}}}
spec: {{state: inactive, autostart: false, xmlFile: {}}}
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


class Tree:
    """A tree that declares documents for one host."""

    def __init__(self, folder: Path, uri: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "fleet.yaml").write_text(f'{_FLEET}spec: {{uri: "{uri}"}}\n')

    def declare(self, documents: Iterable[Document]) -> None:
        """Has exactly these documents; nothing is started for them."""
        shutil.rmtree(self.folder / "hv1", ignore_errors=True)
        (self.folder / "hv1").mkdir()
        inactive = []
        for document in documents:
            (self.folder / document.file).write_text(document.text)
            if document.kind in (Kind.NETWORK, Kind.STORAGE_POOL):
                inactive.append(_INACTIVE.format(document.kind, document.name, document.file))
        (self.folder / "inactive.yaml").write_text("---\n".join(inactive))

    def run(self, command: str, *options: str) -> Said:
        """Runs a command over the tree."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = call([command, str(self.folder), *options])
        return Said(code, out.getvalue(), err.getvalue())

    def invalid(self) -> dict[str, str]:
        """File → its first problem, of files that do not pass the checks."""
        found = json.loads(self.run("validate", "-o", "json").out)
        told: dict[str, str] = {}
        for problem in found["problems"]:
            told.setdefault(re.sub(r":\d+:\d+$", "", problem["origin"] or ""), problem["message"])
        return told

    def apply(self) -> Mapping[str, str]:
        """Applies all; address → what failed."""
        said = self.run("apply", "--yes", "-o", "json")
        if not said.out.startswith("{"):
            raise AssertionError(f"apply: {said.out}{said.err}")
        outcomes = json.loads(said.out)["outcomes"]
        return {o["address"]: o["message"] for o in outcomes if o["result"] in ("failed", "skipped")}

    def plan(self) -> Mapping[str, Any]:
        """The plan: address → the resource as its JSON has it, with its `actions`."""
        said = self.run("plan", "-o", "json")
        if not said.out.startswith("{"):
            raise AssertionError(f"plan: {said.out}{said.err}")
        found = json.loads(said.out)
        resources = {each["address"]: each | {"actions": []} for each in found["resources"]}
        for action in found["actions"]:
            resources[action["address"]]["actions"].append(action)
        return resources

    @contextlib.contextmanager
    def without_state(self) -> Iterator[None]:
        """Within it, the state is lost; afterwards it is there again."""
        state, kept = self.folder / ".virt-reconcile", self.folder.parent / "kept"
        state.rename(kept)
        try:
            yield
        finally:
            shutil.rmtree(state, ignore_errors=True)
            kept.rename(state)
