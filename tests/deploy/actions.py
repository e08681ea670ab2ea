"""Runs the steps of a composite action as they stand in its file, with what they see of GitHub."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")


@dataclass
class ActionRun:
    """One run: `context` is what GitHub knows (`github.sha`), `inputs` what the workflow gives."""

    action: Path
    inputs: Mapping[str, str]
    context: Mapping[str, str]
    environment: Mapping[str, str]
    work: Path
    temp: Path
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    code: int = 0

    def run(self) -> ActionRun:
        """All steps that are scripts, until one fails; those that use other actions are only looked up."""
        steps = yaml.safe_load(self.action.read_text())["runs"]["steps"]
        for step in steps:
            if "run" in step and self.holds(str(step.get("if", "true"))) and not self.code:
                self._step(step)
        return self

    def holds(self, condition: str) -> bool:
        """Of the few forms that this action's conditions have."""
        return all(self._true(part) for part in condition.split(" && "))

    def _true(self, part: str) -> bool:
        compared = re.fullmatch(r"(\S+) (==|!=) '(.*)'", part)
        if compared is None:
            return part == "true" or bool(self.value(part))
        return (self.value(compared[1]) == compared[3]) == (compared[2] == "==")

    def value(self, expression: str) -> str:
        """What GitHub puts in the place of an expression: the first of its alternatives that is something."""
        return next(filter(None, map(self._known, expression.split(" || "))), "")

    def _known(self, name: str) -> str:
        declared = yaml.safe_load(self.action.read_text())["inputs"]
        if name.startswith("inputs."):
            default = _EXPRESSION.sub(lambda found: self.value(found[1]), declared[name[7:]]["default"])
            return self.inputs.get(name[7:], default)
        return (self.outputs if name.startswith("steps.") else self.context).get(name, "")

    def _step(self, step: dict[str, Any]) -> None:
        told, path = self.temp / "output", self.temp / "path"
        told.write_text("")
        env = {
            n: _EXPRESSION.sub(lambda found: self.value(found[1]), v) for n, v in step.get("env", {}).items()
        }
        assert "${{" not in step["run"], "what others wrote would be a part of the script"
        given = {
            "RUNNER_TEMP": str(self.temp), "GITHUB_OUTPUT": str(told), "GITHUB_PATH": str(path),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"), "GITHUB_REPOSITORY": "a/b",
        }  # fmt: skip
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.work, env=os.environ | given | dict(self.environment) | env, timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        self.log += done.stdout
        self.code = done.returncode
        for line in told.read_text().splitlines():
            name, _, value = line.partition("=")
            self.outputs[f"steps.{step['id']}.outputs.{name}"] = value
