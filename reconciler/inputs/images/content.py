"""Bytes to be uploaded: from a file with its holes, or from memory."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from reconciler.inputs.images.errors import ImageError, told_by_path

PIECE = 192 * 1024
"""Whole blocks, and no more than one message of a libvirt stream carries (256 KiB less 24 bytes)."""
BLOCK = 64 * 1024
_ZEROS = bytes(BLOCK)
_MANY_ZEROS = bytes(1024 * 1024)
_TICK_NS = 20 * 10**6
"""Longer than a tick of any file system's clock."""


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
        return cls._read(found)

    @classmethod
    def at_rest(cls, path: Path) -> Stamp:
        """The same of a file that was not changed within this very tick of the clock: it then has another
        stamp whenever it is changed again."""
        stamp = cls.of(path)
        since = time.time_ns() - stamp.ctime_ns
        if 0 <= since < _TICK_NS:
            time.sleep((_TICK_NS - since) / 1e9)
            stamp = cls.of(path)
        return stamp

    @classmethod
    def of_open(cls, descriptor: int) -> Stamp:
        """The stamp of an open file."""
        return cls._read(os.fstat(descriptor))

    @classmethod
    def _read(cls, found: os.stat_result) -> Stamp:
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


@contextmanager
def opened(path: Path, stamp: Stamp | None) -> Iterator[int]:
    """A file to be read, which must still be the one with that stamp (None: whatever is there)."""
    with told_by_path(path, "read"):
        # Whatever has taken its place meanwhile, such as a named pipe, is not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if stamp is not None and Stamp.of_open(descriptor) != stamp:
            raise changed(path)
        yield descriptor
    finally:
        os.close(descriptor)


def changed(path: Path) -> ImageError:
    """What is said of a file that is not the same any more."""
    return ImageError(f"{path} was changed while it was read: run again when it is left alone")


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file's bytes; its holes, and blocks of 64 KiB of zeros, are holes.

    They are the bytes of the file with that stamp, read through one descriptor, and have the `expected`
    digest ('sha256:HEX'; '' for any): whoever takes them is told at the end when they have not. A `cached`
    file may be touched, as those who use it do, for its digest tells all; it is thrown away if that is
    wrong.
    """

    path: Path
    stamp: Stamp
    expected: str = ""
    cached: bool = False

    @property
    def size(self) -> int:
        """The bytes of the file, as it was when it was found."""
        return self.stamp.size

    def pieces(self) -> Iterator[bytes | int]:
        """ImageError when the file cannot be read, or is not the one (any more) that it should be."""
        told = hashlib.sha256()
        with opened(self.path, None if self.cached else self.stamp) as descriptor:
            for piece in _merged(self._parts(descriptor)):
                if self.expected:
                    add(told, piece)
                yield piece
            if not self.cached and not self.stamp == Stamp.of_open(descriptor) == Stamp.of(self.path):
                raise changed(self.path)
        if self.expected and f"sha256:{told.hexdigest()}" != self.expected:
            raise self._not_expected()

    def _parts(self, descriptor: int) -> Iterator[bytes | int]:
        for start, end in _extents(descriptor, self.size):
            if start is None:
                yield end
            else:
                yield from self._data(descriptor, start, end)

    def _data(self, descriptor: int, start: int, end: int) -> Iterator[bytes | int]:
        while start < end:
            with told_by_path(self.path, "read"):
                data = os.pread(descriptor, min(PIECE, end - start), start)
            if not data:
                raise changed(self.path)
            yield from without_zeros(data)
            start += len(data)

    def _not_expected(self) -> ImageError:
        if not self.cached:
            return ImageError(
                f"{self.path} is not what its checksum says ({self.expected}): it was changed or damaged"
            )
        with suppress(OSError):
            self.path.unlink()
        return ImageError(
            f"the cached copy {self.path} was changed or damaged, and is thrown away: run again"
        )


def _merged(parts: Iterator[bytes | int]) -> Iterator[bytes | int]:
    """The same, with holes that follow one another as one."""
    hole = 0
    for piece in parts:
        if isinstance(piece, int):
            hole += piece
            continue
        if hole:
            yield hole
            hole = 0
        yield piece
    if hole:
        yield hole


def add(told: hashlib._Hash, piece: bytes | int) -> int:
    """Adds a piece of a content to a digest; how many bytes it stands for."""
    if not isinstance(piece, int):
        told.update(piece)
        return len(piece)
    left = piece
    while left > 0:
        told.update(_MANY_ZEROS[: min(left, len(_MANY_ZEROS))])
        left -= len(_MANY_ZEROS)
    return piece


@dataclass(frozen=True, slots=True)
class Bytes:
    """Content that is small enough to be held."""

    data: bytes

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def pieces(self) -> Iterator[bytes | int]:
        """All of them in turn, never more than a piece at once."""
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
