"""Unpacking gz, xz and zst as a stream, into a file with holes."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from reconciler.images.content import without_zeros
from reconciler.images.errors import ImageError, check, told_by_path
from reconciler.images.progress import Progress

_CHUNK = 1024 * 1024
_ZST_CHUNK = 1024  # a block of 4 bytes may hold 128 KiB of the same byte: what comes of one chunk is bounded
_ZST_WINDOW = 2**27  # what zstd itself takes without being asked (--long=27)
_MAGIC = {"gz": b"\x1f\x8b\x08", "xz": b"\xfd7zXZ\0", "zst": b"\x28\xb5\x2f\xfd"}


def compression_of(path: Path, declared: str) -> str:
    """How a file is packed: gz, xz, zst or none; 'auto' is told by its first bytes."""
    if declared != "auto":
        return declared
    with told_by_path(path, "read"), path.open("rb") as file:
        start = file.read(8)
    return next((name for name, magic in _MAGIC.items() if start.startswith(magic)), "none")


def unpack(
    path: Path, compression: str, to: Path, what: str, progress: Progress, cancel: threading.Event | None
) -> str:
    """Writes the unpacked content to `to` and gives its digest; OSError when that cannot be written,
    ImageError when the archive is damaged."""
    told = hashlib.sha256()
    size = 0
    with told_by_path(path, "read"):
        archive = path.open("rb")
    with archive, to.open("wb") as out:
        total = path.stat().st_size
        for data in _unpacked(archive, compression, what):
            check(cancel)
            told.update(data)
            size += len(data)
            for piece in without_zeros(data):
                if isinstance(piece, int):
                    out.seek(piece, 1)
                else:
                    out.write(piece)
            progress("unpacking", min(archive.tell(), total), total)
        out.truncate(size)
    return f"sha256:{told.hexdigest()}"


def _unpacked(archive: BinaryIO, compression: str, what: str) -> Iterator[bytes]:
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


def _gz(archive: BinaryIO) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=archive) as stream:
        while data := stream.read(_CHUNK):
            yield data


def _xz(archive: BinaryIO) -> Iterator[bytes]:
    with lzma.LZMAFile(archive) as stream:
        while data := stream.read(_CHUNK):
            yield data


def _zst(archive: BinaryIO) -> Iterator[bytes]:
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
