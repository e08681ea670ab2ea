"""Compiling a large tree in a process of its own: what that takes of memory goes with it, and the threads of
a controller go on meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from reconciler.cli.common import Common

LARGE = 4 * 1024 * 1024
"""Bytes of files from which on it pays to begin a process."""


def compile_apart(common: Common) -> None:
    """Has the tree compiled and kept, where it is large; whoever loads it then finds it so. What is wrong
    with it, the load itself says."""
    if common.untrusted or _size(common.tree) < LARGE:
        return
    command = [sys.executable, "-m", "reconciler.cli.main", "validate", "--quiet", str(common.tree)]
    command += [part for given in common.hosts for part in ("--host", given)]
    command += ["--policy", str(common.policy)] if common.policy else []
    quiet = subprocess.DEVNULL
    subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, check=False)  # noqa: S603 - ourselves


def _size(root: Path) -> int:
    total = 0
    for top, folders, files in os.walk(root):
        folders[:] = [folder for folder in folders if not folder.startswith(".")]
        for file in files:
            with suppress(OSError):  # it has just gone
                total += (Path(top) / file).stat().st_size
        if total >= LARGE:
            break
    return total
