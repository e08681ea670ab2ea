"""Where a tree comes from: a folder, or a git working copy."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_TIMEOUT = 120.0


class SourceError(Exception):
    """The tree cannot be brought up to date; the last good one stays in force."""


def commit_of(tree: Path) -> str:
    """The commit that a git working copy is at, with '+' when its files were changed since; '' for a
    plain folder."""
    if not _in_git(tree):
        return ""
    commit = _git(tree, "rev-parse", "HEAD", quiet=True)
    if not commit:
        return ""
    return commit + ("+" if _git(tree, "status", "--porcelain", "--", ".", quiet=True) else "")


def pull(tree: Path) -> str:
    """Brings a working copy to the newest commit of its branch, only ever forward; the commit.

    Raises SourceError when that is not possible.
    """
    if not _in_git(tree):
        raise SourceError(f"{tree} is no git working copy; --pull has nothing to follow")
    _git(tree, "pull", "--ff-only", "--quiet")
    return commit_of(tree)


def _in_git(tree: Path) -> bool:
    folder = tree.resolve()
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))


def _git(tree: Path, *arguments: str, quiet: bool = False) -> str:
    git = shutil.which("git")
    if git is None:
        if quiet:
            return ""
        raise SourceError("git is not installed")
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [git, "-C", str(tree), *arguments],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SourceError(f"git {arguments[0]} did not end within {_TIMEOUT:g} s") from None
    if done.returncode:
        if quiet:
            return ""
        raise SourceError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()
