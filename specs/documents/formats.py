"""The format of a volume: what is known of it, and what its name says."""

from __future__ import annotations

from collections.abc import Callable

FormatOf = Callable[[str, str], str]
"""The format of a volume, by its pool and name."""


_BY_END = {".qcow2": "qcow2", ".vhdx": "vhdx", ".vhd": "vpc", ".vmdk": "vmdk", ".vdi": "vdi"}
"""Formats of which the ends of files' names tell; libvirt calls that of .vhd 'vpc'."""


def format_of(name: str, given: str | None) -> str:
    """A volume's format: as declared, else by its name."""
    return given or next((form for end, form in _BY_END.items() if name.lower().endswith(end)), "raw")


def format_by_name(pool: str, name: str) -> str:
    """The format of a volume of which nothing else is known."""
    return format_of(name, None)
