"""Checksums: of files, remembered by their stamps, and from published lists."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from pathlib import Path

from reconciler.images.cache import Cache, key_of
from reconciler.images.content import FileContent, Stamp
from reconciler.images.errors import ImageError, check
from reconciler.images.progress import Progress, silent

_ZEROS = bytes(1024 * 1024)
_SETTLED_NS = 2 * 10**9
_LINE = re.compile(r"\\?(?P<hash>[0-9a-fA-F]{64})(?: [ *]|\s+)(?P<name>\S.*)")
_BSD = re.compile(r"SHA256 ?\((?P<name>.+)\) ?= ?(?P<hash>[0-9a-fA-F]{64})")


def file_digest(
    path: Path, cache: Cache, progress: Progress = silent, cancel: threading.Event | None = None
) -> str:
    """'sha256:HEX' of a file; a file with the stamp that it had is not read again."""
    stamp = Stamp.of(path)
    key = key_of("file", str(path.resolve()))
    known = cache.note(key)
    if known.get("stamp") == repr(stamp) and "digest" in known:
        return known["digest"]
    told = hashlib.sha256()
    done = 0
    for piece in FileContent(path, stamp).pieces():
        check(cancel)
        if isinstance(piece, int):
            _add_zeros(told, piece)
            done += piece
        else:
            told.update(piece)
            done += len(piece)
        progress("checking", done, stamp.size)
    digest = f"sha256:{told.hexdigest()}"
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


def _add_zeros(told: hashlib._Hash, length: int) -> None:
    while length > 0:
        told.update(_ZEROS[: min(length, len(_ZEROS))])
        length -= len(_ZEROS)
