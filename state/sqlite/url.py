"""The URLs of states in SQLite files."""

from __future__ import annotations

from pathlib import Path

from state.errors import StateError

_PREFIX = "sqlite:///"


def file_of(url: str) -> Path:
    """As `state.file_of`; a plain path is a URL too."""
    if "://" in url and not url.startswith(_PREFIX):
        raise StateError(f"'{url}' is no state that can be opened; allowed: {_PREFIX}PATH")
    return Path(url.removeprefix(_PREFIX))
