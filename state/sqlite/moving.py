"""Bringing a state from the tree to its place outside."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from state.errors import StateError
from state.folder import make_folder
from state.sqlite.lock import writer_lock
from state.sqlite.opening import open_state
from state.sqlite.trust import KEY, LOCK, require_trusted


def bring(old: Path, new: Path, command: str) -> bool:
    """Moves a state with its key; whether it did, for somebody may have come first.

    It is copied whole before the old one goes, so that a kill leaves at most the old one beside it, which
    is then not used. Raises StateError when the old one is not trusted, damaged or in use.
    """
    require_trusted(old)
    with writer_lock(old.with_name(old.name + LOCK), command):
        if new.exists() or not old.exists():
            return False
        make_folder(new.parent)
        require_trusted(new)
        open_state(str(old)).close()  # brings it up to date, and says when it is damaged
        try:
            _copy(old, new)
        except sqlite3.DatabaseError as error:
            raise StateError(
                f"the state {old} cannot be moved to {new} ({error}); it is only a cache: move it away, and"
                " the next apply adopts what it finds"
            ) from error
        for part in (KEY, "-wal", "-shm", "-journal", ""):
            old.with_name(old.name + part).unlink(missing_ok=True)
    return True


def _copy(old: Path, new: Path) -> None:
    key = old.with_name(old.name + KEY)
    if key.exists():
        _place(key.read_bytes(), new.with_name(new.name + KEY))
    descriptor, name = tempfile.mkstemp(dir=new.parent)
    os.close(descriptor)
    try:
        with closing(sqlite3.connect(old)) as source, closing(sqlite3.connect(name)) as target:
            source.backup(target)
            if target.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("it is damaged")
        Path(name).replace(new)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _place(data: bytes, path: Path) -> None:
    """A key that was there before, of a state that is gone, gives way."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    Path(name).replace(path)
