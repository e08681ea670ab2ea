"""The git program upon a repository that somebody else may have set up: nothing that its own settings
name is run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

_TIMEOUT = 120.0
_FAREWELL = 5.0

_SETTINGS = {
    "core.fsmonitor": "false",  # a program that `status` asks
    "core.hooksPath": "/dev/null",
    "safe.bareRepository": "explicit",  # a folder of the tree that looks like a repository is none
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "status.submoduleSummary": "false",
    "protocol.ext.allow": "never",  # ext::COMMAND as a remote
}
_MISLEADING = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_CONFIG_PARAMETERS",
)  # fmt: skip
"""Variables that name another repository than the tree's, as in a hook's environment."""


class GitError(Exception):
    """git did not do it; the message is git's own, credentials included. `code` is its exit code."""

    def __init__(self, message: str, code: int = 128) -> None:
        super().__init__(message)
        self.code = code


class NoGit(GitError):
    """The program is not installed."""


def top_of(folder: Path) -> Path | None:
    """The working copy that a folder is (part of); None when it is in none."""
    real = folder.resolve()
    return next((parent for parent in (real, *real.parents) if (parent / ".git").exists()), None)


def look(
    top: Path,
    *arguments: str,
    anybodys: bool = False,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What git says of a working copy: no program is run for it, and nothing is fetched.

    Git itself refuses a repository of another user; `anybodys` allows it, for what only reads the index.
    `settings` have the last word.
    """
    given = {"safe.directory": "*"} if anybodys else {}
    environment = {
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ICASE_PATHSPECS": "1" if anybodys else "0",
        "GIT_NOGLOB_PATHSPECS": "1",
    }
    return _git(
        top, arguments, _SETTINGS | _without_filters(top, given) | given | dict(settings), environment
    )


def reach(top: Path, *arguments: str) -> str:
    """git with its remote: what the connection needs is taken from the repository's settings too, hooks
    and filters are not."""
    return _git(top, arguments, _SETTINGS | _without_filters(top, {}), {})


def tracked(files: Iterable[Path]) -> list[str] | None:
    """Which of these files of one folder come from git; None when that cannot be told."""
    files = list(files)
    folder = files[0].parent.resolve()
    top = top_of(folder)
    if top is None:
        return []
    # Never begins with ':', which would be a pathspec's magic.
    names = [f"./{(folder / file.name).relative_to(top)}" for file in files]
    try:
        found = look(top, "ls-files", "-z", "--cached", "--", *names, anybodys=True)
    except GitError:
        return None
    return [name for name in found.split("\0") if name]


def _without_filters(top: Path, given: dict[str, str]) -> dict[str, str]:
    """The filters that the repository's own settings name are programs: they are set to nothing. Those of
    the user's and the system's settings (git-lfs) stay."""
    environment = {"GIT_ALLOW_PROTOCOL": "none"}
    query = ("config", "-z", "--show-scope", "--name-only", "--get-regexp", r"^filter\..*\.")
    try:
        # scope NUL name NUL scope NUL name NUL …
        told = _git(top, query, _SETTINGS | given, environment).split("\0")
    except GitError as error:
        if error.code == 1:  # there is none
            return {}
        raise
    own = {n for s, n in zip(told[::2], told[1::2], strict=False) if s in ("local", "worktree")}
    drivers = {name.rpartition(".")[0] for name in own}
    off = {"clean": "", "smudge": "", "process": "", "required": "false"}
    return {f"{driver}.{part}": value for driver in drivers for part, value in off.items()}


def _git(
    top: Path, arguments: Iterable[str], settings: Mapping[str, str], environment: dict[str, str]
) -> str:
    program = shutil.which("git")
    if program is None:
        raise NoGit("git is not installed")
    arguments = tuple(arguments)
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [program, "-C", str(top), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=_clean(settings) | environment,
    )
    try:
        output, errors = process.communicate(timeout=_TIMEOUT)
    except subprocess.TimeoutExpired:
        _end(process)
        raise GitError(f"git {arguments[0]} did not end within {_TIMEOUT:g} s") from None
    except KeyboardInterrupt:
        _end(process)
        raise
    if process.returncode:
        raise GitError(f"git {arguments[0]}: {errors.strip()}", process.returncode)
    return output.strip()


def _clean(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment with settings that no repository can overrule (git-config's command scope)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_MISLEADING)}
    count = kept.get("GIT_CONFIG_COUNT", "")  # the user's own come first, so that ours have the last word
    first = int(count) if count.isdecimal() else 0
    given = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (name, value) in enumerate(settings.items(), first):
        given |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return kept | given


def _end(process: subprocess.Popen[str]) -> None:
    """Asks git to end, upon which it removes its locks; being killed, it would leave them behind."""
    process.terminate()
    try:
        process.wait(_FAREWELL)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
