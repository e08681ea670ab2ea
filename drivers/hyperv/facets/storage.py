"""Disks of a Hyper-V host: they grow, and are copied there. Their bytes do not come or go over PowerShell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drivers.base import Content
from drivers.base.errors import Unsupported
from drivers.hyperv import holdings
from drivers.hyperv.link import Link

_BYTES = "bytes of disks do not come or go over PowerShell remoting"
_HINT = "copy the .vhdx into the pool's folder, and name it as source: {volume: …}"


class HyperVStorage:
    """drivers.base.Storage."""

    def __init__(self, link: Link) -> None:
        """Over a link that may be shared."""
        self._link = link

    def resize(self, name: str, capacity: int) -> None:
        """Grows a disk."""
        self._link.writable(f"grow '{name}'")
        holdings.grow_disk(self._link, name, capacity)

    def upload(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        """Cannot be done at a speed that anybody would bear."""
        self._link.writable(f"fill '{name}'")
        raise Unsupported(_BYTES, _HINT)

    def download(self, name: str) -> Iterator[bytes | int]:
        """Likewise."""
        raise Unsupported(_BYTES)

    def clone(self, name: str, document: str, source: str) -> None:
        """Makes a disk as a copy of another of the host."""
        self._link.writable(f"copy '{source}'")
        holdings.copy_disk(self._link, name, document, source)
