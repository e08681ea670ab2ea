"""Archives that are the same wherever they are built, where SOURCE_DATE_EPOCH says so.

One time, one owner, and no modes but two, for those of a checkout depend on its owner's umask.
"""

from __future__ import annotations

import gzip
import os
import tarfile
import time
import zipfile
from io import BytesIO
from pathlib import Path

_EARLIEST = 315532800
"""1980, before which zip knows no time."""


def wheel(path: Path) -> None:
    """Packs a wheel anew, its files in the same order."""
    if (epoch := _epoch()) is None:
        return
    with zipfile.ZipFile(path) as archive:
        files = [(info, archive.read(info)) for info in archive.infolist()]
    when = time.gmtime(max(epoch, _EARLIEST))[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in files:
            made = zipfile.ZipInfo(info.filename, when)
            made.external_attr = (0o100000 | _mode(info.external_attr >> 16)) << 16
            archive.writestr(made, content, zipfile.ZIP_DEFLATED)


def sdist(path: Path) -> None:
    """Packs a source archive anew, its files by name."""
    if (epoch := _epoch()) is None:
        return
    with tarfile.open(path) as archive:
        files = [(info, _content(archive, info)) for info in archive.getmembers()]
    # gzip's header would hold the time and the file's name.
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for info, content in sorted(files, key=lambda one: one[0].name):
            info.mtime, info.uid, info.gid, info.uname, info.gname = epoch, 0, 0, "", ""
            info.mode = 0o755 if info.isdir() else _mode(info.mode)
            info.pax_headers = {}
            archive.addfile(info, BytesIO(content))


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(info)
    return file.read() if file else b""


def _epoch() -> int | None:
    told = os.environ.get("SOURCE_DATE_EPOCH")
    return int(told) if told else None


def _mode(mode: int) -> int:
    return 0o755 if mode & 0o100 else 0o644
