"""What goes wrong between a source and its bytes, said for people."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ImageError(Exception):
    """A volume's content cannot be had; the message says what is wrong and what to do, without secrets."""


def check(cancel: threading.Event | None) -> None:
    """Raises ImageError when the work is to end."""
    if cancel is not None and cancel.is_set():
        raise ImageError("interrupted")


@contextmanager
def told_by_path(path: Path, doing: str) -> Iterator[None]:
    """Turns what the system says of a file into an ImageError."""
    try:
        yield
    except OSError as error:
        raise ImageError(_in_words(error, path, doing)) from None


def _in_words(error: OSError, path: Path, doing: str) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space is left under {path}: make room, or set XDG_CACHE_HOME to a larger disk"
    if error.errno == errno.EFBIG:
        return f"the content is larger than a file may be under {path}"
    return f"{path} cannot be {doing}: {error.strerror or type(error).__name__}"
