"""The key that lies beside the state: without it, what the state keeps of secrets tells nothing."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

_BYTES = 32


def key_at(path: Path) -> bytes:
    """The key in a file, which is made with the first use; one for this process alone where it cannot be
    written, or is not its owner's own. Another key costs a comparison, and shows values as changed."""
    known = _read(path)
    if known:
        return known
    fresh = os.urandom(_BYTES)
    with suppress(OSError):
        # Written whole under another name first: nobody ever reads half a key.
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(fresh)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return _read(path) or fresh


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
            data = file.read(_BYTES + 1) if ours else b""
    except OSError:
        return None
    return data if len(data) == _BYTES else None
