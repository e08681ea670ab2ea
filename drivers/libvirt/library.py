"""Which libvirt this process talks through."""

from __future__ import annotations

import libvirt


def library_version() -> str:
    """The version of the client's library, such as 9.0.0."""
    number = libvirt.getVersion()
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"
