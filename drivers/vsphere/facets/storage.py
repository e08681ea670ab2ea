"""Filling, reading, copying and growing volumes of vSphere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drivers.base import Content
from drivers.vsphere import storage
from drivers.vsphere.site import VsphereSite


class VsphereStorage:
    """drivers.base.Storage."""

    def __init__(self, site: VsphereSite) -> None:
        """Within the scope of a site."""
        self._site = site

    def resize(self, name: str, capacity: int) -> None:
        """Grows a disk."""
        storage.resize(self._site, name, capacity)

    def upload(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        """Writes a disk's bytes."""
        storage.upload(self._site, name, content, progress)

    def download(self, name: str) -> Iterator[bytes | int]:
        """A disk's bytes."""
        return storage.download(self._site, name)

    def clone(self, name: str, document: str, source: str) -> None:
        """Copies a disk."""
        storage.clone(self._site, name, document, source)
