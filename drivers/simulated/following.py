"""Following the files of simulated hosts: one thread for all of them, which looks at their times."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from drivers.base import Change
from drivers.base.errors import DriverError
from drivers.simulated.changes import FileChange, latest, since
from drivers.simulated.store import Store

_TICK = 0.1
"""Seconds between two looks. A look costs 2 µs a file; inotify would tell of each page that SQLite writes."""


@dataclass(frozen=True, slots=True, eq=False)
class Follower:
    """Somebody who wants to know of one host's changes, and when no more will come."""

    host: str
    tell: Callable[[Change], None]
    lost: Callable[[], None]


@dataclass(slots=True)
class _File:
    """One file, who follows it, how it looked when it was read, and the last change that was read."""

    path: Path
    looked: tuple[int, int] | None
    number: int
    followers: dict[str, list[Follower]] = field(default_factory=dict)
    """By their hosts, for a file may have thousands."""


_mutex = threading.Lock()
_files: dict[Path, _File] = {}
_wanted = threading.Event()
_thread: threading.Thread | None = None


def follow(path: Path, follower: Follower) -> Callable[[], bool]:
    """Begins at once, and goes on until the function that it gives is called, which says whether it went on
    until then. Raises what reading the file raises; one that is not there yet may be made later."""
    global _thread
    with _mutex:
        if path not in _files:
            _files[path] = _File(path, *_now(path))
        _files[path].followers.setdefault(follower.host, []).append(follower)
        if _thread is None or not _thread.is_alive():  # the first, or of a process that was forked since
            _thread = threading.Thread(target=_serve, name="simulated-changes", daemon=True)
            _thread.start()
    _wanted.set()
    return lambda: _leave(path, follower)


def _leave(path: Path, follower: Follower) -> bool:
    with _mutex:
        file = _files.get(path)
        beside = file.followers.get(follower.host, []) if file else []
        if file is None or follower not in beside:
            return False
        beside.remove(follower)
        if not beside:
            del file.followers[follower.host]
        if not file.followers:
            del _files[path]
        if not _files:
            _wanted.clear()
        return True


def _serve() -> None:
    while True:
        _wanted.wait()
        time.sleep(_TICK)
        with _mutex:
            files = list(_files.values())
        for file in files:
            if _looked(file.path) != file.looked:
                _read(file)


def _read(file: _File) -> None:
    """Tells what is new. Of a file that cannot be read, or that another took the place of, nobody knows."""
    before = file.looked
    file.looked = _looked(file.path)  # before it is read: what is written meanwhile is read next time
    noted: list[FileChange] | None = None
    if before is None or (file.looked is not None and file.looked[0] == before[0]):
        with suppress(DriverError):
            noted = _new(file)
    if noted is None:
        _lose(file)
        return
    for one in noted:
        with _mutex:
            beside = file.followers.get(one.host, []) if one.host else _all(file)
            telling = tuple(beside)
        for follower in telling:
            follower.tell(one.change)


def _lose(file: _File) -> None:
    with _mutex:
        left = _all(file)
        file.followers.clear()
        _files.pop(file.path, None)
    for follower in left:
        follower.lost()


def _all(file: _File) -> list[Follower]:
    return [follower for beside in file.followers.values() for follower in beside]


def _new(file: _File) -> list[FileChange] | None:
    """None where some of it has been forgotten."""
    store = Store(file.path, "", readonly=True)
    try:
        with store.read() as rows:
            noted = list(since(rows, file.number)) if rows and latest(rows) else []
    finally:
        store.close()
    if noted and noted[0].number > file.number + 1:
        return None
    file.number = noted[-1].number if noted else file.number
    return noted


def _now(path: Path) -> tuple[tuple[int, int] | None, int]:
    looked = _looked(path)
    store = Store(path, "", readonly=True)
    try:
        with store.read() as rows:
            return looked, latest(rows) if rows else 0
    finally:
        store.close()


def _looked(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
