"""Volumes' content on simulated hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drivers.base import Content
from drivers.errors import Unsupported
from drivers.simulated.store import Host


def upload(host: Host, name: str, content: Content, progress: Callable[[int], None]) -> None:
    """Remembers a volume's content."""
    raise Unsupported("not yet")


def download(host: Host | None, name: str) -> Iterator[bytes | int]:
    """The content that was uploaded."""
    raise Unsupported("not yet")


def clone(host: Host, name: str, document: str, source: str) -> None:
    """Creates a volume as a copy of another."""
    raise Unsupported("not yet")
