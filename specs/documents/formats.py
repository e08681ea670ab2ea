"""The format of a volume: what is known of it, and what its name says."""

from __future__ import annotations

from collections.abc import Callable

FormatOf = Callable[[str, str], str]
"""The format of a volume, by its pool and name."""


def format_of(name: str, given: str | None) -> str:
    """A volume's format: as declared, else by its name."""
    return given or ("qcow2" if name.endswith(".qcow2") else "raw")


def format_by_name(pool: str, name: str) -> str:
    """The format of a volume of which nothing else is known."""
    return format_of(name, None)
