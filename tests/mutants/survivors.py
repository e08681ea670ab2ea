"""Faults that no test can notice, or need not: each with its reason, in survivors.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.rooms import ROOT

FILE = Path(__file__).with_name("survivors.toml")


@dataclass(frozen=True, slots=True)
class Survivor:
    """A fault by its file, function and the first line that it changes."""

    file: str
    within: str
    was: str
    now: str
    reason: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.file, self.within, self.was, self.now

    def is_stale(self) -> bool:
        """Whether the line that it is about stands in the file no more, or it gives no reason."""
        path = ROOT / self.file
        lines = path.read_text().splitlines() if path.exists() else []
        return not self.reason.strip() or self.was not in (line.strip() for line in lines)


def survivors() -> list[Survivor]:
    return [Survivor(**entry) for entry in tomllib.loads(FILE.read_text()).get("survivor", [])]
