"""A bare mirror of a repository elsewhere: as much of it as is needed, and no work tree."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from reconciler.inputs.git.remote import Remote
from reconciler.inputs.git.repository import Repository, without_credentials
from reconciler.inputs.sources import SourceError
from reconciler.underway import doing
from specs.reading.git import GitAnswer, GitError
from specs.reading.trust import mistrusted

_DEPTH = 50
_TIP = "refs/tip"
_QUIETLY = (
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
)
_SEEN = "refs/seen"
_MOST_SEEN = 200
_LARGEST = 2 * 1024 * 1024 * 1024
"""Bytes of one pack: a repository of texts comes nowhere near, and the disk is for the state as well."""
_PATIENCE = 600.0
"""Seconds that a fetch may take: the first one of a large repository does."""


class Mirror(Repository):
    """The mirror of one remote, in a folder that is the user's alone; several processes may share it."""

    def __init__(self, folder: Path, remote: Remote, cancel: Event | None = None) -> None:
        super().__init__(folder, cancel)
        self.remote = remote

    def fetch(self) -> str:
        """Brings the mirror up to date, and gives the commit that the ref is at now. Raises SourceError."""
        with doing(f"fetching {self.remote.told()}"), self._alone():
            self._begin()
            name, there = self._advertised()
            if self._fetched() != there:
                self._fetch(name, *self._depth())
                self.git("gc", "--auto", "--quiet", seconds=_PATIENCE)
        tip = self.tip
        if not tip:
            raise SourceError(f"{self.remote.told()}: the ref is at no commit")
        return tip

    @property
    def tip(self) -> str:
        """The commit that the ref was at when it was last fetched; '' before that."""
        return self.resolve(_TIP) if self.folder.is_dir() else ""

    def history(self, commit: str, many: int) -> tuple[str, ...]:
        """A commit and those before it, as far as they are here, newest first."""
        told = self.told("rev-list", "--first-parent", f"--max-count={many}", commit)
        return tuple(told.output.decode().split())

    def find(self, revision: str) -> str:
        """The full hash of a commit of the ref's history, or of one that was seen before; '' for any other:
        servers give away commits of strangers' forks too, if one asks for them. All of the history is
        fetched where it has to be."""
        for again in (True, False):
            commit = self.resolve(revision)
            if commit and self._is_known(commit):
                return commit
            if not (again and self.look_back()):
                break
        return ""

    def look_back(self) -> bool:
        """Fetches all of the history; whether there was more of it."""
        if not self._is_shallow():
            return False
        with doing(f"fetching all of {self.remote.told()}"), self._alone():
            self._fetch(self._advertised()[0], "--unshallow")
        return True

    def keep(self, commit: str) -> None:
        """Makes sure that a commit stays here, whatever becomes of the ref; the latest that are kept do."""
        with self._alone():
            self.told("update-ref", f"{_SEEN}/{commit}", commit)
            newest_first = ("for-each-ref", "--sort=-committerdate", "--format=%(refname)", f"{_SEEN}/")
            for name in self.told(*newest_first).output.decode().split()[_MOST_SEEN:]:
                if name != f"{_SEEN}/{commit}":
                    self.told("update-ref", "-d", name)

    def recover(self, commit: str) -> bool:
        """Whether a commit that was good once is here; it is asked for by its hash if it is not."""
        if self.resolve(commit):
            return True
        try:
            if not self.find(commit):
                with self._alone():
                    self._fetch(commit, "--depth=1", to=f"{_SEEN}/{commit}")
        except SourceError:
            return False
        return bool(self.resolve(commit))

    def _is_known(self, commit: str) -> bool:
        return self.descends(self.tip, commit) or bool(self.resolve(f"{_SEEN}/{commit}"))

    def _is_shallow(self) -> bool:
        return self.told("rev-parse", "--is-shallow-repository").output.strip() == b"true"

    def _depth(self) -> tuple[str, ...]:
        """Who has all of the history goes on with all of it."""
        return (f"--depth={_DEPTH}",) if not self.tip or self._is_shallow() else ()

    def _begin(self) -> None:
        if (self.folder / "HEAD").is_file():
            return
        self.told("init", "--quiet", "--bare", "--template=", str(self.folder))

    def _advertised(self) -> tuple[str, str]:
        """The full name of the ref, and what it is at."""
        told = self._reach("ls-remote", "--quiet", "--", self.remote.url, *self.remote.refs).output.decode()
        there = {name: at for at, _, name in (line.partition("\t") for line in told.splitlines())}
        for name in self.remote.refs:
            if name in there:
                return name, there[name]
        if self.remote.ref == "HEAD":
            raise SourceError(f"{self.remote.url} is empty, or its HEAD is at no branch: name one with --ref")
        raise SourceError(f"{self.remote.url} has no branch or tag '{self.remote.ref}'")

    def _fetched(self) -> str:
        """What the ref was at: a commit, or a tag's own object."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", _TIP).output.decode().strip()
        except GitError:
            return ""

    def _fetch(self, name: str, *how: str, to: str = _TIP) -> None:
        self._reach("fetch", *_QUIETLY, *how, "--", self.remote.url, f"+{name}:{to}")

    def _reach(self, *arguments: str) -> GitAnswer:
        """git with the remote; SourceError says what a person can do."""
        remote = self.remote
        try:
            return self.git(
                *arguments,
                seconds=_PATIENCE,
                file=_LARGEST,
                settings=remote.settings(),
                environment=remote.environment(),
            )
        except GitError as error:
            message = without_credentials(str(error))
            raise SourceError(f"{remote.url} cannot be fetched: {message}{_hint(message)}") from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time changes the mirror. A git that outlives the one which started it goes on
        holding the lock, so that what lies there of others is left from such as were killed."""
        home = self.folder.parent
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            wrong = mistrusted(home, folder=True)
            if wrong:
                raise SourceError(f"{home} is not trusted: {wrong}; remove it")
            handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise SourceError(f"the mirror {home} cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._tidy()
            self._holds = (handle,)
            yield
        finally:
            self._holds = ()
            self._tidy()
            os.close(handle)

    def _tidy(self) -> None:
        """Locks would stop git for ever, and pieces of packs it would remove after two weeks."""
        for pattern in ("*.lock", "refs/**/*.lock", "objects/pack/tmp_*", "gc.pid"):
            for left in self.folder.glob(pattern):
                left.unlink(missing_ok=True)


_HINTS = {
    "Host key verification failed": "ssh does not know the server: add its key to known_hosts (ssh-keyscan)",
    "Permission denied": "the server does not take the key: see --ssh-key",
    "could not read Username": "the server wants a login: see --token",
    "Authentication failed": "the server does not take the token: see --token",
    "redirect": "the server sends elsewhere: write the URL that it names",
    "invalid index-pack output": f"it is damaged, or larger than {_LARGEST >> 30} GiB",
    "dubious ownership": "the repository belongs to another user",
}


def _hint(message: str) -> str:
    """What to do about what git says."""
    return next((f" ({hint})" for said, hint in _HINTS.items() if said in message), "")
