"""The key beside a state: what it vouches for was made with this state, by somebody who may read it."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from specs.reading.trust import mistrusted_stat
from state.errors import StateError
from state.folder import make_folder
from state.sqlite.trust import KEY, require_trusted
from state.sqlite.url import file_of

_BYTES = 32


def key_of(url: str, *, make: bool = False) -> bytes | None:
    """As `state.key_of`."""
    return key_beside(file_of(url), make=make)


def key_beside(state: Path, *, make: bool = False) -> bytes | None:
    """The key of the state in this file; None when there is none, and it is not to be made. StateError when
    it, or the state, is not the user's own."""
    path = state.with_name(state.name + KEY)
    require_trusted(state)
    known = _read(path)
    if known is None and make:
        make_folder(state.parent)
        require_trusted(state)
        _make(path)
        known = _read(path)
    return known


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        why = mistrusted_stat(found) or ("others may read it" if found.st_mode & 0o077 else "")
        key = b"" if why else file.read(_BYTES + 1)
    if len(key) != _BYTES:
        why = why or "it is damaged"
        raise StateError(f"the key {path} is of no use: {why}; move it away, and save plans anew")
    return key


def _make(path: Path) -> None:
    """Whole or not at all; whoever comes second takes the first one's."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_BYTES))
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
