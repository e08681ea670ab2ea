"""Where a tree comes from: a folder, or a git working copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

_TIMEOUT = 120.0
_FAREWELL = 5.0
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


class SourceError(Exception):
    """The tree cannot be brought up to date; the last good one stays in force."""


def commit_of(tree: Path) -> str:
    """The commit that a git working copy is at, with '+' when its files were changed since; '' for a
    plain folder."""
    if not in_git(tree):
        return ""
    commit = _git(tree, "rev-parse", "HEAD", quiet=True)
    if not commit:
        return ""
    return commit + ("+" if _git(tree, "status", "--porcelain", "--", ".", quiet=True) else "")


def pull(tree: Path) -> str:
    """Brings a working copy to the newest commit of its branch, only ever forward; the commit.

    Raises SourceError when that is not possible, or when it is none.
    """
    _git(tree, "pull", "--ff-only", "--quiet")
    return commit_of(tree)


def in_git(tree: Path) -> bool:
    """Whether a folder is (part of) a git working copy."""
    folder = tree.resolve()
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))


def _git(tree: Path, *arguments: str, quiet: bool = False) -> str:
    git = shutil.which("git")
    if git is None:
        if quiet:
            return ""
        raise SourceError("git is not installed")
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [git, "-C", str(tree), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"GIT_TERMINAL_PROMPT": "0"},
    )
    try:
        output, errors = process.communicate(timeout=_TIMEOUT)
    except subprocess.TimeoutExpired:
        _end(process)
        raise SourceError(f"git {arguments[0]} did not end within {_TIMEOUT:g} s") from None
    except KeyboardInterrupt:
        _end(process)
        raise
    if process.returncode:
        if quiet:
            return ""
        raise SourceError(f"git {arguments[0]}: {_CREDENTIALS.sub('//', errors.strip())}")
    return output.strip()


def _end(process: subprocess.Popen[str]) -> None:
    """Asks git to end, upon which it removes its locks; being killed, it would leave them behind."""
    process.terminate()
    try:
        process.wait(_FAREWELL)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
