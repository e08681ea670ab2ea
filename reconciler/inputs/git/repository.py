"""Reading a repository's commits: what is in one, what it says of itself, what came before it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import MappingProxyType

from reconciler.inputs.git.listing import MAX_LISTED, CommitFile, files_of, ignore_files
from reconciler.inputs.sources import SourceError
from specs.names import unseen
from specs.reading.git import GitAnswer, GitBounds, GitError, as_environment, call
from specs.reading.ignoring import IgnoreRules, TooManyPatterns

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CREDENTIALS = re.compile(r"//[^/@\s]+@")
_LONGEST = 200
_PIECE = 32 * 1024 * 1024
_MOST_COMMITS = 10_000

_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    "core.alternateRefsCommand": "",
    "core.fsync": "all",
    "credential.helper": "",
    "fetch.fsckObjects": "true",
    "transfer.fsckObjects": "true",
    "transfer.unpackLimit": "1",  # packs, which git writes through to the disk, and no heaps of files
    "transfer.bundleURI": "false",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "maintenance.auto": "false",
    "gc.autoDetach": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "gpg.program": "/bin/false",
    "gpg.openpgp.program": "/bin/false",
    "gpg.x509.program": "/bin/false",
    "gpg.ssh.program": "/bin/false",
}
"""What a repository's own settings cannot overrule; nobody else's are read."""

_KEPT = re.compile(
    r"PATH|HOME|USER|LOGNAME|TMPDIR|SSH_AUTH_SOCK|SSL_CERT_(FILE|DIR)|GIT_SSL_CAINFO|"
    r"(https?|no|all)_proxy|HTTPS_PROXY|NO_PROXY|ALL_PROXY"
)


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """What a commit says of itself: anybody may have written that."""

    commit: str
    title: str
    author: str
    made: float
    """Seconds since the epoch, by the committer's clock."""


class Repository:
    """The commits of a repository on this machine, read by the git program. Nothing that its settings or its
    files name is run, and nothing is fetched."""

    def __init__(self, folder: Path, cancel: Event | None = None) -> None:
        self.folder, self.cancel = folder, cancel
        self._holds: tuple[int, ...] = ()

    def files(self, commit: str, path: str = "") -> tuple[CommitFile, ...]:
        """The files of a commit, below a folder of it. Raises SourceError for what a tree must not have."""
        try:
            listed = self.git("ls-tree", "-rlz", f"{commit}:{path}", output=MAX_LISTED)
        except GitError as error:
            if "said more than" in str(error):
                raise SourceError(f"commit {commit[:12]} has more files than a tree may have") from None
            where = f"no folder '{path}'" if path else "no files"
            raise SourceError(f"commit {commit[:12]} has {where}") from None
        rules = IgnoreRules()
        for file, data in self.contents(ignore_files(listed.output)):
            with suppress(TooManyPatterns):  # the loader says so
                rules.add(file.path.rpartition("/")[0], data.decode("utf-8-sig", "replace"))
        return files_of(listed.output, rules)

    def contents(self, files: Iterable[CommitFile]) -> Iterator[tuple[CommitFile, bytes]]:
        """The bytes of files, piece by piece."""
        piece: list[CommitFile] = []
        size = 0
        for file in files:
            piece.append(file)
            size += file.size
            if size > _PIECE:
                yield from self._read(piece)
                piece, size = [], 0
        if piece:
            yield from self._read(piece)

    def _read(self, files: list[CommitFile]) -> Iterator[tuple[CommitFile, bytes]]:
        """As git-cat-file(1) --batch writes it: 'OID SP blob SP SIZE LF', the bytes, LF."""
        asked = "".join(f"{file.blob}\n" for file in files).encode()
        most = sum(file.size for file in files) + 100 * len(files)
        told = memoryview(self.told("cat-file", "--batch", given=asked, output=most).output)
        at = 0
        for file in files:
            head = f"{file.blob} blob {file.size}\n".encode()
            if told[at : at + len(head)] != head:
                raise SourceError(f"{file.path}: the repository is damaged")
            at += len(head)
            yield file, bytes(told[at : at + file.size])
            at += file.size + 1

    def resolve(self, revision: str) -> str:
        """The full hash of the commit that a revision means; '' when it means none, or several."""
        if not revision or revision.startswith("-"):
            return ""
        try:
            found = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitError:
            return ""
        commit = found.output.decode().strip()
        return commit if _HASH.fullmatch(commit) else ""

    def facts(self, commit: str) -> CommitFacts:
        """What a commit says of itself, fit to be shown in one line."""
        form = "--format=%an <%ae>%x00%ct%x00%s"
        told = self.told("log", "-1", "--no-show-signature", form, commit).output.decode(errors="replace")
        author, made, title = (*told.strip("\n").split("\0", 2), "", "", "")[:3]
        return CommitFacts(commit, _shown(title), _shown(author), float(made) if made.isdecimal() else 0.0)

    def descends(self, commit: str, from_: str) -> bool:
        """Whether a commit is another one, or came after it, as far back as is known."""
        try:
            self.git("merge-base", "--is-ancestor", from_, commit)
        except GitError:
            return False
        return True

    def between(self, after: str, commit: str) -> tuple[str, ...]:
        """The commits that led to one, and had not led to the other."""
        many = f"--max-count={_MOST_COMMITS + 1}"
        found = self.told("rev-list", many, commit, f"^{after}").output.decode().split()
        if len(found) > _MOST_COMMITS:
            raise SourceError(f"more than {_MOST_COMMITS} commits lie between {after[:12]} and {commit[:12]}")
        return tuple(found)

    def told(self, *arguments: str, given: bytes = b"", output: int = 64 * 1024 * 1024) -> GitAnswer:
        """As `git`; raises SourceError."""
        try:
            return self.git(*arguments, given=given, output=output)
        except GitError as error:
            raise SourceError(without_credentials(str(error))) from None

    def git(
        self,
        *arguments: str,
        given: bytes = b"",
        output: int = 64 * 1024 * 1024,
        seconds: float = 120.0,
        file: int = 0,
        settings: Mapping[str, str] = MappingProxyType({}),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> GitAnswer:
        """Runs git upon the repository. Raises GitError."""
        whole = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)} | {
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_PROTOCOL_FROM_USER": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
        }
        whole |= dict(environment) | as_environment(_SETTINGS | dict(settings))
        bounds = GitBounds(seconds, output, file, self.cancel, self._holds)
        command = ("--git-dir", str(self.folder), *arguments)
        return call(command, whole, given=given, bounds=bounds, apart=True)


def without_credentials(message: str) -> str:
    """A message of git's without what a URL may hold of users and passwords."""
    return _CREDENTIALS.sub("//", message)


def _shown(text: str) -> str:
    """One line of a stranger's, without what nobody sees."""
    line = " ".join(text[: 10 * _LONGEST].split())
    return "".join(c if c.isprintable() and not unseen(c) else "�" for c in line)[:_LONGEST]
