"""Debian's promtool: whether Prometheus takes what we give it, and what it makes of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.support.debian import cached, unpack


def promtool(*arguments: str, folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Runs it in a folder, with something to read; it is fetched on first use."""
    program = cached("promtool", _build) / "promtool"
    words = [str(program), *arguments]
    return subprocess.run(
        words, cwd=folder, input=given, capture_output=True, text=True, timeout=120, check=False
    )


def _build(work: Path, made: Path) -> None:
    unpack(work, work / "prometheus", "prometheus")
    shutil.copy(work / "prometheus/usr/bin/promtool", made / "promtool")
