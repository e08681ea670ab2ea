"""Bytes to be uploaded: from a file with its holes, or from memory."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from reconciler.images.errors import ImageError, told_by_path

PIECE = 192 * 1024
"""Whole blocks, and no more than one message of a libvirt stream carries (256 KiB less 24 bytes)."""
BLOCK = 64 * 1024
_ZEROS = bytes(BLOCK)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells without reading that a file is still the same."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The stamp of a regular file; ImageError for anything else."""
        with told_by_path(path, "read"):
            found = path.stat()
        if not S_ISREG(found.st_mode):
            raise ImageError(f"{path} is no regular file; a source is a file with an image in it")
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file's bytes; its holes, and blocks of 64 KiB of zeros, are holes."""

    path: Path
    stamp: Stamp

    @property
    def size(self) -> int:
        return self.stamp.size

    def pieces(self) -> Iterator[bytes | int]:
        """ImageError when the file cannot be read, or is not the one any more that was looked at."""
        hole = 0
        for piece in self._parts():
            if isinstance(piece, int):
                hole += piece
                continue
            if hole:
                yield hole
                hole = 0
            yield piece
        if hole:
            yield hole
        now = Stamp.of(self.path)
        if (now.size, now.mtime_ns) != (self.stamp.size, self.stamp.mtime_ns):
            raise self._changed()

    def _parts(self) -> Iterator[bytes | int]:
        with told_by_path(self.path, "read"):
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            for start, end in _extents(descriptor, self.size):
                if start is None:
                    yield end
                else:
                    yield from self._data(descriptor, start, end)
        finally:
            os.close(descriptor)

    def _data(self, descriptor: int, start: int, end: int) -> Iterator[bytes | int]:
        while start < end:
            with told_by_path(self.path, "read"):
                data = os.pread(descriptor, min(PIECE, end - start), start)
            if not data:
                raise self._changed()
            yield from without_zeros(data)
            start += len(data)

    def _changed(self) -> ImageError:
        return ImageError(f"{self.path} was changed while it was read: run again when it is left alone")


@dataclass(frozen=True, slots=True)
class Bytes:
    """Content that is small enough to be held."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def pieces(self) -> Iterator[bytes | int]:
        for start in range(0, len(self.data), PIECE):
            yield self.data[start : start + PIECE]


def without_zeros(data: bytes) -> Iterator[bytes | int]:
    """The same bytes, whole blocks of zeros given as their length."""
    begin = 0
    for start in range(0, len(data) - BLOCK + 1, BLOCK):
        end = start + BLOCK
        if not data[start] and not data[end - 1] and data[start:end] == _ZEROS:
            if begin < start:
                yield data[begin:start]
            yield BLOCK
            begin = end
    if begin < len(data):
        yield data[begin:] if begin else data


def _extents(descriptor: int, size: int) -> Iterator[tuple[int | None, int]]:
    """Data as (start, end), a hole as (None, length), up to `size`."""
    at = 0
    while at < size:
        start = min(_seek(descriptor, at, os.SEEK_DATA, size), size)
        if start > at:
            yield None, start - at
        if start < size:
            at = min(_seek(descriptor, start, os.SEEK_HOLE, size), size)
            yield start, at
        else:
            at = size


def _seek(descriptor: int, at: int, what: int, size: int) -> int:
    try:
        return os.lseek(descriptor, at, what)
    except OSError as error:
        if error.errno == errno.ENXIO:  # nothing but a hole to the end
            return size
        return size if what == os.SEEK_HOLE else at  # a file system that knows no holes
