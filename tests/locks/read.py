"""Reading a lock file: its packages with versions, markers, hashes and who asks for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DIRECT, SHARED = "declared", "shared"
"""Who asks for what pyproject.toml names itself (`# via -r declared`), and for the version that another
lock file has (`# via -c shared`)."""

_HASH = re.compile(r"--hash=(\S+)")


@dataclass(frozen=True, slots=True)
class Locked:
    """One locked package. `asked_by` are the packages that need it, and DIRECT."""

    name: str
    requirement: Requirement
    hashes: tuple[str, ...]
    asked_by: frozenset[str]

    @property
    def version(self) -> str:
        """The one version that it is pinned to; '' when it is not."""
        pins = list(self.requirement.specifier)
        return pins[0].version if len(pins) == 1 and pins[0].operator == "==" else ""


def read_lock(path: Path) -> list[Locked]:
    """All packages of a lock file, in its order."""
    return [_locked(block) for block in _blocks(path.read_text().splitlines())]


def _blocks(lines: list[str]) -> list[list[str]]:
    """A package's line with the indented ones below it."""
    blocks: list[list[str]] = []
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace():
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _locked(block: list[str]) -> Locked:
    text = "\n".join(block)
    requirement = Requirement(block[0].split("--hash")[0].rstrip(" \\"))
    asking = " ".join(line.strip().lstrip("#").strip() for line in block if line.strip().startswith("#"))
    names = set(asking.removeprefix("via").split()) - {"-r", "-c", SHARED}
    return Locked(
        canonicalize_name(requirement.name), requirement, tuple(_HASH.findall(text)), frozenset(names)
    )
