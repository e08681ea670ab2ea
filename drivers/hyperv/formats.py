"""The formats of files by their extensions, in libvirt's words as far as it has any ('vpc' is .vhd)."""

from __future__ import annotations

_FORMATS = {".vhdx": "vhdx", ".vhd": "vpc", ".iso": "raw"}


def format_of_file(name: str) -> str:
    """The format of a file on the host; '' for what is no image."""
    return next((known for end, known in _FORMATS.items() if name.lower().endswith(end)), "")
