"""Which file a name leads to: whoever keeps one open notices by it that another lies there."""

from __future__ import annotations

from pathlib import Path


def file_at(path: Path) -> tuple[int, int] | None:
    """The device and inode of what has that name; None when nothing has, or it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
