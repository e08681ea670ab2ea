"""Checksums: of files, remembered by their stamps, and from published lists."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from reconciler.inputs.images.cache import Cache, key_of
from reconciler.inputs.images.content import FileContent, Stamp, add
from reconciler.inputs.images.errors import ImageError, check
from reconciler.inputs.images.progress import Progress, silent

_WINDOW = 64 * 1024
_NOTHING = bytes(_WINDOW)
_SETTLED_NS = 2 * 10**9
_LINE = re.compile(r"\\?(?P<hash>[0-9a-fA-F]{64})(?: [ *]|\s+)(?P<name>\S.*)")
_BSD = re.compile(r"SHA256 ?\((?P<name>.+)\) ?= ?(?P<hash>[0-9a-fA-F]{64})")


def file_digest(
    path: Path, cache: Cache, progress: Progress = silent, cancel: threading.Event | None = None
) -> str:
    """'sha256:HEX' of a file, as it is published; a file with the stamp that it had is not read again."""

    def read(stamp: Stamp) -> str:
        told, done = hashlib.sha256(), 0
        for piece in FileContent(path, stamp).pieces():
            check(cancel)
            done += add(told, piece)
            progress("checking", done, stamp.size)
        return f"sha256:{told.hexdigest()}"

    return _stamped(path, cache, "file", read)


def content_digest(path: Path, cache: Cache) -> str:
    """'content:HEX' of a file: of its length and of what is not zero in it, wherever its holes are. Most of
    a disk image is nothing, which takes its time to be hashed all the same. Remembered like the other."""

    def read(stamp: Stamp) -> str:
        told = hashlib.sha256(str(stamp.size).encode())
        for number, window in _windows(FileContent(path, stamp)):
            if window != _NOTHING:
                told.update(number.to_bytes(8, "big"))
                told.update(window)
        return f"content:{told.hexdigest()}"

    return _stamped(path, cache, "content", read)


def _windows(content: FileContent) -> Iterator[tuple[int, bytes]]:
    """The parts of a file that may hold data, cut at the same places wherever its holes are."""
    at, window = 0, bytearray(_WINDOW)
    for piece in content.pieces():
        if isinstance(piece, int):
            before, at = at, at + piece
            if before // _WINDOW != at // _WINDOW:
                yield before // _WINDOW, bytes(window)
                window = bytearray(_WINDOW)
            continue
        done = 0
        while done < len(piece):
            start = at % _WINDOW
            part = piece[done : done + _WINDOW - start]
            at, done = at + len(part), done + len(part)
            if len(part) == _WINDOW:
                yield at // _WINDOW - 1, part
                continue
            window[start : start + len(part)] = part
            if at % _WINDOW == 0:
                yield at // _WINDOW - 1, bytes(window)
                window = bytearray(_WINDOW)
    yield at // _WINDOW, bytes(window)


def _stamped(path: Path, cache: Cache, kind: str, read: Callable[[Stamp], str]) -> str:
    """What is known of a file that still has the stamp that it had, or else what is read of it."""
    stamp = Stamp.of(path)
    key = key_of(kind, str(path.resolve()))
    known = cache.note(key)
    if known.get("stamp") == repr(stamp) and "digest" in known:
        return known["digest"]
    digest = read(stamp)
    # A file may change again within one tick of its clock; only one that rests is told by its stamp.
    if time.time_ns() - max(stamp.mtime_ns, stamp.ctime_ns) > _SETTLED_NS:
        cache.remember(key, {"stamp": repr(stamp), "digest": digest})
    return digest


def checksum_in(text: str, name: str, listed_in: str) -> str:
    """The checksum of `name` in a list of sha256sum's format (also BSD's); ImageError when it has none."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line.strip()) or _BSD.fullmatch(line.strip())
        if match:
            found.setdefault(match["name"].removeprefix("./"), f"sha256:{match['hash'].lower()}")
    if name in found:
        return found[name]
    if not found:
        raise ImageError(f"{listed_in} lists no SHA-256 checksums: it must be in sha256sum's format")
    names = ", ".join(list(found)[:5]) + (", …" if len(found) > 5 else "")
    raise ImageError(f"{listed_in} does not list {name}; it lists {names}: say which with checksum.name")


def verify(digest: str, wanted: str, what: str) -> None:
    """ImageError unless the digest is the wanted one, or none is wanted."""
    if wanted and digest != wanted:
        raise ImageError(
            f"{what} is not what its checksum says: it has {digest}, expected is {wanted}; it was changed or"
            " damaged, or the checksum is of another file"
        )
