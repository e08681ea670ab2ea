"""The git program upon a repository that somebody else may have set up: nothing that its own settings
name is run."""

from __future__ import annotations

import os
import resource
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event
from types import MappingProxyType

_TIMEOUT = 120.0
_FAREWELL = 5.0
_LOOK_AGAIN = 0.2
_PIECE = 1 << 20
_MOST_OF_A_MESSAGE = 64 * 1024

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


@dataclass(frozen=True, slots=True)
class GitBounds:
    """How long git may take, how many bytes it may say, how large a file it may write (0: any), and what ends
    it before. `holds` are files that stay open as long as it runs, and so the locks on them."""

    seconds: float = 120.0
    output: int = 64 * 1024 * 1024
    file: int = 0
    cancel: Event | None = None
    holds: tuple[int, ...] = ()


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
    told = call(("-C", str(top), *arguments), _clean(settings) | environment, bounds=GitBounds(_TIMEOUT))
    return told.output.decode(errors="replace").strip()


@dataclass(frozen=True, slots=True)
class GitAnswer:
    """What git said: its output, and its messages."""

    output: bytes
    messages: str


def call(
    arguments: Iterable[str],
    environment: Mapping[str, str],
    *,
    given: bytes = b"",
    bounds: GitBounds = GitBounds(),
    apart: bool = False,
) -> GitAnswer:
    """Runs git within bounds. `given` is what it reads; `apart`, it and all that it starts are a group of
    their own, which has no terminal and ends as one.

    Raises GitError when it fails or goes over its bounds.
    """
    program = shutil.which("git")
    if program is None:
        raise NoGit("git is not installed")
    arguments = tuple(arguments)
    with TemporaryFile() as reads, TemporaryFile() as messages:
        reads.write(given)
        reads.seek(0)
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            [program, *arguments],
            stdin=reads,
            stdout=subprocess.PIPE,
            stderr=messages,
            env=environment,
            start_new_session=apart,
            pass_fds=bounds.holds,
        )
        try:
            if bounds.file:
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (bounds.file, bounds.file))
            output = _read(process, bounds)
        except _OutOfBounds as error:
            raise GitError(f"git {_verb(arguments)} {error}") from None
        finally:
            if process.poll() is None:
                _end(process, apart=apart)
            assert process.stdout is not None
            process.stdout.close()
        messages.seek(0)
        said = messages.read(_MOST_OF_A_MESSAGE).decode(errors="replace").strip()
    if process.returncode:
        raise GitError(f"git {_verb(arguments)}: {said}", process.returncode)
    return GitAnswer(output, said)


class _OutOfBounds(Exception):
    """Git took too long, said too much or is not wanted any more."""


def _read(process: subprocess.Popen[bytes], bounds: GitBounds) -> bytes:
    """All of the output, and then the end."""
    assert process.stdout is not None
    until = time.monotonic() + bounds.seconds
    data = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if bounds.cancel is not None and bounds.cancel.is_set():
                raise _OutOfBounds("was stopped")
            left = until - time.monotonic()
            if left <= 0:
                raise _OutOfBounds(f"did not end within {bounds.seconds:g} s")
            if not selector.select(min(left, _LOOK_AGAIN)):
                continue
            piece = os.read(process.stdout.fileno(), _PIECE)
            if not piece:
                break
            data += piece
            if len(data) > bounds.output:
                raise _OutOfBounds(f"said more than {bounds.output // 1024 // 1024} MiB")
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _OutOfBounds(f"did not end within {bounds.seconds:g} s") from None
    return bytes(data)


def _verb(arguments: tuple[str, ...]) -> str:
    """What git was asked to do, behind `-C FOLDER` and its like."""
    return arguments[2] if arguments[0] in ("-C", "--git-dir") else arguments[0]


def _clean(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment with settings that no repository can overrule (git-config's command scope)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_MISLEADING)}
    count = kept.get("GIT_CONFIG_COUNT", "")  # the user's own come first, so that ours have the last word
    first = int(count) if count.isdecimal() else 0
    return kept | {"GIT_TERMINAL_PROMPT": "0"} | as_environment(settings, first)


def as_environment(settings: Mapping[str, str], first: int = 0) -> dict[str, str]:
    """Settings as variables, which nobody sees in a list of processes; `first` of others come before."""
    given = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (name, value) in enumerate(settings.items(), first):
        given |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return given


def _end(process: subprocess.Popen[bytes], *, apart: bool) -> None:
    """Asks git to end, upon which it removes its locks; being killed, it would leave them behind."""
    _send(process, signal.SIGTERM, apart=apart)
    try:
        process.wait(_FAREWELL)
    except subprocess.TimeoutExpired:
        _send(process, signal.SIGKILL, apart=apart)
        process.wait()


def _send(process: subprocess.Popen[bytes], what: signal.Signals, *, apart: bool) -> None:
    """To git, which is not reaped yet; to all of its group where it has one of its own."""
    with suppress(ProcessLookupError):
        if apart:
            os.killpg(process.pid, what)
        else:
            process.send_signal(what)
