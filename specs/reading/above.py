"""Which tree a folder belongs to, when it holds no Fleet itself: the folders above are looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from specs.reading.walking import SUFFIXES

_UP = 8
"""So many folders up are looked at, and none above a repository or a home."""

_MOST_FILES = 200
_BYTES = 256 * 1024
_FLEET = re.compile(rb"^[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?Fleet\b", re.M)


def fleet_above(folder: Path) -> Path | None:
    """The nearest folder above one that holds the file of a Fleet; None where none does."""
    for parent in islice(_above(Path(os.path.realpath(folder))), _UP):
        if holds_fleet(parent):
            return parent
    return None


def holds_fleet(folder: Path) -> bool:
    """Whether one of the files right in a folder declares a Fleet."""
    return any(_declares_fleet(file) for file in _files(folder))


def _above(folder: Path) -> Iterator[Path]:
    home = os.path.expanduser("~")  # noqa: PTH111 - '~' itself where there is no home
    below = folder
    for parent in folder.parents:
        if (below / ".git").exists() or str(below) == home:
            return
        yield parent
        below = parent


def _files(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, _MOST_FILES):
                named = entry.name.endswith(SUFFIXES[:2]) and not entry.name.startswith(".")
                if named and entry.is_file(follow_symlinks=False):
                    yield Path(entry.path)
    except OSError:
        return


def _declares_fleet(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            text = opened.read(_BYTES)
    except OSError:
        return False
    return b"virt-reconcile/v" in text and _FLEET.search(text) is not None
