"""A commit's files in a folder of its own, where the ordinary loader reads them."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from reconciler.inputs.git.listing import CommitFile
from reconciler.inputs.git.repository import Repository

_UNFINISHED = ".new-"
_SPARED = 600.0
"""Seconds."""


class Checkouts:
    """Folders of commits, one each, for the user alone. Files that two commits have in common are the same
    file on the disk; nobody changes them, and whether somebody did is looked at once a process."""

    def __init__(self, folder: Path, repository: Repository, path: str = "") -> None:
        self._folder, self._repository, self._path = folder, repository, path
        self._sound: set[str] = set()

    def of(self, commit: str, like: str = "") -> Path:
        """The folder of a commit; written now unless it is there. It shares what it can with the one that
        is `like` it. Raises SourceError for a commit whose files are none of a tree."""
        place = self._folder / commit
        if commit in self._sound and place.is_dir():
            return place
        files = self._repository.files(commit, self._path)
        if not _is_whole(place, files):
            self._write(place, files, self._shared(like))
        self._sound.add(commit)
        return place

    def keep_only(self, commits: Collection[str]) -> None:
        """Removes all other folders, but for those that another process may have made just now."""
        recently = time.time() - _SPARED
        for place in self._folder.iterdir() if self._folder.is_dir() else ():
            with suppress(OSError):
                if place.name not in commits and place.stat().st_mtime < recently:
                    shutil.rmtree(place, ignore_errors=True)
                    self._sound.discard(place.name)

    def _shared(self, like: str) -> Mapping[tuple[str, bool], Path]:
        """Where contents lie already."""
        if like not in self._sound:
            return {}
        place = self._folder / like
        return {(f.blob, f.runs): place / f.path for f in self._repository.files(like, self._path)}

    def _write(
        self, place: Path, files: tuple[CommitFile, ...], shared: Mapping[tuple[str, bool], Path]
    ) -> None:
        """All or nothing: what has the commit's name is whole."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = Path(mkdtemp(prefix=_UNFINISHED, dir=self._folder))
        try:
            for folder in sorted({os.path.dirname(file.path) for file in files}):  # noqa: PTH120
                (new / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            known = [(file, shared.get((file.blob, file.runs))) for file in files]
            missing = [file for file, there in known if not _link(there, new / file.path)]
            for file, data in self._repository.contents(missing):
                _create(new / file.path, data, runs=file.runs)
            shutil.rmtree(place, ignore_errors=True)
            _take_its_place(new, place, files)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise


def _take_its_place(new: Path, place: Path, files: tuple[CommitFile, ...]) -> None:
    """Another process may have been quicker."""
    try:
        new.rename(place)
    except OSError:
        if not _is_whole(place, files):
            raise
        shutil.rmtree(new, ignore_errors=True)


def _link(known: Path | None, new: Path) -> bool:
    if known is None:
        return False
    with suppress(OSError):
        os.link(known, new, follow_symlinks=False)
        return True
    return False


def _create(path: Path, data: bytes, *, runs: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o500 if runs else 0o400), "wb") as file:
        file.write(data)


def _is_whole(place: Path, files: tuple[CommitFile, ...]) -> bool:
    """Whether a folder holds exactly the commit: a machine that lost its power may have kept only some of
    what was written."""
    if not place.is_dir() or place.is_symlink():
        return False
    there = {os.path.relpath(Path(top) / name, place) for top, _, names in os.walk(place) for name in names}
    return there == {file.path for file in files} and all(_holds(place / file.path, file) for file in files)


def _holds(path: Path, file: CommitFile) -> bool:
    """Whether a file has the content that its hash says (gitformat-pack(5): 'blob SIZE NUL', the bytes)."""
    try:
        if path.is_symlink() or path.stat().st_size != file.size:
            return False
        data = path.read_bytes()
    except OSError:
        return False
    hashed = hashlib.sha256 if len(file.blob) == 64 else hashlib.sha1
    return hashed(b"blob %d\0" % len(data) + data).hexdigest() == file.blob
