"""Filling, reading, copying and growing volumes of a libvirt host."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drivers.base import Content
from drivers.libvirt import storage, streams
from drivers.libvirt.connection import Connection
from specs.identity import Kind


class LibvirtStorage:
    """drivers.base.Storage."""

    def __init__(self, connection: Connection) -> None:
        """Over a connection that may be shared."""
        self._connection = connection

    def resize(self, name: str, capacity: int) -> None:
        """Grows a volume, through the guest that has it open."""
        self._connection.write(lambda handle: storage.resize_volume(handle, name, capacity), Kind.VOLUME)

    def upload(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        """Writes a volume's bytes (virStorageVolUpload)."""
        self._connection.write(lambda handle: streams.upload(handle, name, content, progress), Kind.VOLUME)

    def download(self, name: str) -> Iterator[bytes | int]:
        """A volume's bytes."""
        return streams.download(self._connection, name)

    def clone(self, name: str, document: str, source: str) -> None:
        """Creates a volume as a copy of another."""
        self._connection.write(
            lambda handle: storage.clone_volume(handle, name, document, source), Kind.VOLUME
        )
