"""Unpacking gz, xz and zst as a stream, into a file with holes."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from reconciler.inputs.images.content import Stamp, opened, without_zeros
from reconciler.inputs.images.errors import ImageError, check, told_by_path
from reconciler.inputs.images.limits import Bound
from reconciler.inputs.images.progress import Progress
from specs.units import format_size

_CHUNK = 1024 * 1024
_ZST_CHUNK = 1024  # a block of 4 bytes may hold 128 KiB of the same byte: what comes of one chunk is bounded
_ZST_WINDOW = 2**27  # what zstd itself takes without being asked (--long=27)
_XZ_MEMORY = 512 * 2**20  # xz -9 needs 65 MiB
_MAGIC = {"gz": b"\x1f\x8b\x08", "xz": b"\xfd7zXZ\0", "zst": b"\x28\xb5\x2f\xfd"}


@dataclass(frozen=True, slots=True)
class Archive:
    """A packed file, which must be the one with that stamp (None: it is of the cache, and thrown away when it
    is wrong) and have the `expected` digest, if any."""

    path: Path
    compression: str
    stamp: Stamp | None
    expected: str
    what: str


def compression_of(path: Path, declared: str, stamp: Stamp | None) -> str:
    """How a file is packed: gz, xz, zst or none; 'auto' is told by its first bytes."""
    if declared != "auto":
        return declared
    with opened(path, stamp) as descriptor, told_by_path(path, "read"):
        start = os.pread(descriptor, 8, 0)
    return next((name for name, magic in _MAGIC.items() if start.startswith(magic)), "none")


def unpack(
    archive: Archive, to: Path, bound: Bound, progress: Progress, cancel: threading.Event | None
) -> str:
    """Writes the unpacked content to `to` and gives its digest; OSError when that cannot be written,
    ImageError when the archive is damaged, is not the one that is expected, or holds more than it may."""
    told = hashlib.sha256()
    size = 0
    with (
        opened(archive.path, archive.stamp) as descriptor,
        os.fdopen(os.dup(descriptor), "rb") as file,
        to.open("wb") as out,
    ):
        packed = _Hashed(file)
        total = os.fstat(descriptor).st_size
        for data in _unpacked(packed, archive.compression, archive.what):
            check(cancel)
            told.update(data)
            size += len(data)
            if size > bound.size:
                raise ImageError(
                    f"{archive.what} unpacks to more than {format_size(bound.size)}, which is too much"
                    f" ({bound.why})"
                )
            for piece in without_zeros(data):
                if isinstance(piece, int):
                    out.seek(piece, 1)
                else:
                    out.write(piece)
            progress("unpacking", min(packed.done, total), total)
        out.truncate(size)
        if archive.expected and packed.digest_of_all() != archive.expected:
            if archive.stamp is None:
                archive.path.unlink(missing_ok=True)
            raise ImageError(
                f"{archive.what} is not what its checksum says ({archive.expected}): it was changed or"
                " damaged; get it again"
            )
    return f"sha256:{told.hexdigest()}"


class _Hashed:
    """A file that is read once from its beginning, with the digest of what was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._told, self.done = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._told.update(data)
        self.done += len(data)
        return data

    def digest_of_all(self) -> str:
        while self.read(_CHUNK):
            pass
        return f"sha256:{self._told.hexdigest()}"


def _unpacked(archive: _Hashed, compression: str, what: str) -> Iterator[bytes]:
    import zstandard

    streams = {"gz": _gz, "xz": _xz, "zst": _zst}
    try:
        yield from streams[compression](archive)
    except EOFError:
        raise ImageError(f"{what} is cut short: the {compression} archive has no end; get it again") from None
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, zstandard.ZstdError):
        raise ImageError(
            f"{what} is no sound {compression} archive; get it again, or correct its compression"
        ) from None


def _gz(archive: _Hashed) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=cast(BinaryIO, archive)) as stream:
        while data := stream.read(_CHUNK):
            yield data


def _xz(archive: _Hashed) -> Iterator[bytes]:
    """Stream by stream, with the zeros that may stand between them; none gets more memory than is sane."""
    decoder, given = lzma.LZMADecompressor(memlimit=_XZ_MEMORY), b""
    while True:
        if decoder.eof:
            given = decoder.unused_data.lstrip(b"\0")
            while not given:
                read = archive.read(_CHUNK)
                if not read:
                    return
                given = read.lstrip(b"\0")
            decoder = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
        elif decoder.needs_input:
            given = archive.read(_CHUNK)
            if not given:
                raise EOFError
        data, given = decoder.decompress(given, max_length=_CHUNK), b""
        if data:
            yield data


def _zst(archive: _Hashed) -> Iterator[bytes]:
    """Frame by frame; zstandard's own reader takes a frame that is cut short for a whole one."""
    import zstandard

    engine = zstandard.ZstdDecompressor(max_window_size=_ZST_WINDOW)
    frame = engine.decompressobj()
    inside = True
    gathered = bytearray()
    while given := archive.read(_ZST_CHUNK):
        while given:
            inside = True
            gathered += frame.decompress(given)
            given = frame.unused_data if frame.eof else b""
            if frame.eof:
                frame, inside = engine.decompressobj(), False
        for start in range(0, len(gathered) - _CHUNK + 1, _CHUNK):
            yield bytes(gathered[start : start + _CHUNK])
        del gathered[: len(gathered) // _CHUNK * _CHUNK]
    if inside:
        raise EOFError
    yield bytes(gathered)
