"""Where a tree comes from: a folder, or a git working copy."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

from reconciler.underway import doing
from specs.reading.git import GitError, look, reach, top_of

_CREDENTIALS = re.compile(r"//[^/@\s]+@")


class SourceError(Exception):
    """The tree cannot be brought up to date; the last good one stays in force."""


def commit_of(tree: Path) -> str:
    """The commit that a git working copy is at, with '+' when its files were changed since; '' for a
    plain folder. Nothing that the repository's settings name is run."""
    top = top_of(tree)
    if top is None:
        return ""
    below = f"./{tree.resolve().relative_to(top)}"
    try:
        commit = look(top, "rev-parse", "--verify", "--quiet", "HEAD")
        changed = look(top, "status", "--porcelain", "--ignore-submodules=all", "--", below)
    except GitError:
        return ""
    return commit + ("+" if changed else "")


def pull(tree: Path) -> str:
    """Brings a working copy to the newest commit of its branch, only ever forward; the commit.

    Raises SourceError when that is not possible, or when it is none.
    """
    top = top_of(tree)
    if top is None:
        raise SourceError(f"git pull: {tree} is no git working copy")
    try:
        _require_own_settings(top)
        with doing(f"pulling {top}"):
            reach(top, "pull", "--ff-only", "--quiet")
    except OSError as error:
        raise SourceError(f"{error.filename}: {error.strerror}") from None
    except GitError as error:
        raise SourceError(_CREDENTIALS.sub("//", str(error))) from None
    return commit_of(tree)


def in_git(tree: Path) -> bool:
    """Whether a folder is (part of) a git working copy."""
    return top_of(tree) is not None


def _require_own_settings(top: Path) -> None:
    """Raises SourceError when others may write the settings that say how the remote is reached, for those
    can name programs. (Whose they are is git's own matter: safe.directory.)"""
    for folder in _git_folders(top):
        for path in (folder, folder / "config", folder / "config.worktree"):
            if path.exists() and path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise SourceError(
                    f"others may write to {path}, which can name programs that git runs: chmod go-w it,"
                    " and it is pulled again"
                )


def _git_folders(top: Path) -> Iterator[Path]:
    """Where a working copy's settings lie: in its own folder, and in one that it shares with others."""
    folder = top / ".git"
    if folder.is_file():
        folder = top / folder.read_text().removeprefix("gitdir:").strip()
    yield folder
    if (folder / "commondir").is_file():
        yield folder / (folder / "commondir").read_text().strip()
