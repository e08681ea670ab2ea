"""The facet that fills, reads, copies and grows volumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from drivers.base.writing import writes


class Content(Protocol):
    """Bytes that a volume is filled with, most of which may be holes; may be read several times."""

    @property
    def size(self) -> int:
        """Bytes from the first to the last, holes included."""

    def pieces(self) -> Iterator[bytes | int]:
        """From the beginning: data as bytes (at most 256 KiB at once), a hole as its length in bytes."""


class Storage(Protocol):
    """Volumes and their bytes; `name` is 'pool/name'."""

    @writes
    def resize(self, name: str, capacity: int) -> None:
        """Grows a volume to `capacity` bytes; through the running guest that has it open, if any. Refused
        when it is larger already."""

    @writes
    def upload(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        """Writes a volume's bytes from its beginning; `progress` is told how many bytes are through, holes
        included. Returns when the hypervisor has all of them and has looked at the volume again. What was
        written is undefined when it raises, and so is what holes cover in a volume that was written to
        before."""

    def download(self, name: str) -> Iterator[bytes | int]:
        """A volume's bytes, in the same pieces."""

    @writes
    def clone(self, name: str, document: str, source: str) -> None:
        """Creates a volume as a whole copy of another ('pool/name') of the same host."""
