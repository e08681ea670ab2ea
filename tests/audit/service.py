"""Asking a vulnerability service about a lock file, through pip-audit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service knows: vulnerabilities by package, and why it could not tell of others ('' when it
    told of all). A package that it does not know is not a package without vulnerabilities."""

    vulnerable: tuple[str, ...] = ()
    unknown: str = ""


def program() -> str:
    """pip-audit beside this Python, or on the path; '' when there is none."""
    beside = Path(sys.executable).parent / "pip-audit"
    return str(beside) if beside.exists() else shutil.which("pip-audit") or ""


def ask(lock: Path, service: str) -> Answer:
    """What the service says of all that is in a lock file."""
    found = program()
    if not found:
        return Answer(unknown="pip-audit is missing: pip install --require-hashes -r locks/upkeep.lock")
    command = [found, "--require-hashes", "--disable-pip", "--requirement", str(lock), "--format", "json"]
    command += ["--vulnerability-service", service, "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Answer(unknown=f"no answer within {_PATIENCE} s")
    return read(done.stdout, done.stderr)


def read(output: str, errors: str) -> Answer:
    """pip-audit's own words as an answer. Its exit code is 1 both for a vulnerability and for a service
    that is away, and 0 for packages that the service has never heard of."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (errors.strip() or output.strip() or "it said nothing").splitlines()[-1]
        return Answer(unknown=last)
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    vulnerable = tuple(
        f"{package['name']} {package['version']}: {flaw['id']}"
        + (f", fixed in {', '.join(flaw['fix_versions'])}" if flaw.get("fix_versions") else "")
        for package in packages
        for flaw in package.get("vulns", ())
    )
    reason = f"{len(skipped)} of {len(packages)} packages are not known there" if skipped else ""
    return Answer(vulnerable, reason)
