"""From a source to bytes ready to be uploaded."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from drivers.base import Content
from reconciler.inputs.images.cache import Cache, key_of
from reconciler.inputs.images.checksums import checksum_in, content_digest, file_digest, verify
from reconciler.inputs.images.content import Bytes, FileContent, Stamp, opened
from reconciler.inputs.images.errors import ImageError, told_by_path
from reconciler.inputs.images.fetch import Fetcher, last_part
from reconciler.inputs.images.inspect import inspect
from reconciler.inputs.images.iso import iso
from reconciler.inputs.images.limits import USUAL, Bound, Limits
from reconciler.inputs.images.local import local
from reconciler.inputs.images.progress import Progress, silent
from reconciler.inputs.images.unpack import Archive, compression_of, unpack
from specs.content import Source, without_secrets


@dataclass(frozen=True, slots=True)
class Prepared:
    """Checked content. `virtual_size` is what a guest will see of it, in bytes (the header's word, the
    content's size for a raw image)."""

    content: Content
    format: str
    virtual_size: int


def prepare(
    source: Source,
    *,
    root: Path,
    cache: Path,
    progress: Progress = silent,
    cancel: threading.Event | None = None,
    limits: Limits = USUAL,
    capacity: int = 0,
) -> Prepared:
    """Fetches, checks, unpacks and inspects a source that is not another volume, for a volume of that
    capacity in bytes (0: it says none).

    `progress` is told the stage, the bytes done and the bytes in all (0: not known). Files are those of the
    tree at `root`, or in one of the folders that the limits name. ImageError.
    """
    if source.files:
        return _generated(source, iso(source.label, source.files))
    if not source.file and not source.url:
        return _generated(source, source.text.encode())
    store, bound = Cache(cache), limits.most(capacity)
    fetcher = Fetcher(store, progress, cancel, limits=limits, bound=bound)
    with told_by_path(cache, "used as the cache of images"):
        content = _content(source, root, fetcher, bound, limits.folders)
    with (
        opened(content.path, None if content.cached else content.stamp) as descriptor,
        os.fdopen(os.dup(descriptor), "rb") as file,
        told_by_path(content.path, "read"),
    ):
        image = inspect(
            file, source.format, exact=source.exact, what=source.describe(), formats=limits.formats
        )
    return Prepared(content, image.format, image.virtual_size)


def _content(
    source: Source, root: Path, fetcher: Fetcher, bound: Bound, folders: Sequence[str]
) -> FileContent:
    """The file with the image, unpacked; what is sent of it later is what is looked at here, or it is an
    error then."""
    wanted = source.checksum or _listed(source, root, folders, fetcher)
    stamp = None
    if source.url:
        published, digest = fetcher.file(source.url, wanted)
    else:
        published, digest = local(source.file, root, folders), ""
        stamp = Stamp.at_rest(published)
        if wanted:
            digest = file_digest(published, fetcher.cache, fetcher.progress, fetcher.cancel)
            verify(digest, wanted, source.describe())
    compression = compression_of(published, source.compression, stamp)
    if compression == "none":
        return FileContent(published, stamp or Stamp.of(published), digest, cached=stamp is None)
    digest = digest or file_digest(published, fetcher.cache, fetcher.progress, fetcher.cancel)
    archive = Archive(published, compression, stamp, digest, source.describe())
    image, path = _unpacked(archive, fetcher, bound)
    return FileContent(path, Stamp.of(path), image, cached=True)


def identity_of(source: Source, *, root: Path, cache: Path, folders: Sequence[str] = ()) -> str:
    """What the state remembers of the content; a plain file is read once and then told by its stamp.
    ImageError when it cannot be read."""
    if source.identity or not source.file:
        return source.identity
    return content_digest(local(source.file, root, folders), Cache(cache))


def _generated(source: Source, data: bytes) -> Prepared:
    return Prepared(Bytes(data), source.format, len(data))


def _listed(source: Source, root: Path, folders: Sequence[str], fetcher: Fetcher) -> str:
    """The checksum from the published list; '' when the source names none."""
    if not source.sums:
        return ""
    name = source.sums_name or (last_part(source.url) if source.url else Path(source.file).name)
    if source.sums.startswith(("http://", "https://")):
        return checksum_in(fetcher.text(source.sums), name, without_secrets(source.sums))
    path = local(source.sums, root, folders)
    with told_by_path(path, "read"):
        text = path.read_text(errors="replace")
    return checksum_in(text, name, source.sums)


def _unpacked(archive: Archive, fetcher: Fetcher, bound: Bound) -> tuple[str, Path]:
    """The digest of the unpacked image, and where it is in the cache; unpacked once."""
    store = fetcher.cache
    key = key_of("unpacked", archive.expected, archive.compression)
    with store.lock(key, fetcher.cancel):
        known = store.note(key).get("digest", "")
        found = store.find("prepared", known) if known else None
        if found and found.stat().st_size <= bound.size:
            return known, found
        with store.temporary() as made:
            image = unpack(archive, made, bound, fetcher.progress, fetcher.cancel)
            path = store.keep("prepared", made, image)
        store.remember(key, {"digest": image})
        return image, path


__all__ = ["ImageError", "Prepared", "identity_of", "prepare"]
