"""A path as documents: what is too large, no file or nothing that is known is said in a line."""

from __future__ import annotations

import os
import stat
import tarfile
from pathlib import Path

from reconciler.inputs.foreign.kinds import FileKind, kind_of
from reconciler.inputs.foreign.read import Read, Unreadable
from specs.xml import NotXml

MOST_BYTES = 4 << 20
"""More than anybody's description of guests."""


def read_path(path: Path) -> tuple[FileKind, Read]:
    """What a file is and what it describes. Raises Unreadable with the reason, which goes after its name."""
    try:
        text = _text(path)
        kind = kind_of(path, text)
        return kind, kind.read(text)
    except Unreadable:
        raise
    except NotXml as error:
        raise Unreadable(f"line {error.line}: {error}") from error
    except ValueError as error:  # what the readers of drivers raise are such
        raise Unreadable(f"cannot be read: {error}") from error
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error
    except RecursionError as error:
        raise Unreadable("cannot be read: it is nested too deeply") from error


def _text(path: Path) -> str:
    data = _descriptor(path) if path.suffix.lower() == ".ova" else _bytes(path)
    if b"\0" in data and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable("is no text")
    for encoding in ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "latin-1"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("is no text")


def _bytes(path: Path) -> bytes:
    """The bytes of a regular file; opening a FIFO would wait for its writer without O_NONBLOCK."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreadable("is no regular file")
        return _bounded(file.read(MOST_BYTES + 1))


def _descriptor(path: Path) -> bytes:
    """The descriptor of an OVA, which is its first member (DSP0243, 5.3); nothing is unpacked."""
    if not path.is_file():
        raise Unreadable("is no regular file")
    try:
        with tarfile.open(path, "r:") as archive:
            first = archive.next()
            held = archive.extractfile(first) if first and first.isreg() else None
            if first is None or held is None or not first.name.lower().endswith(".ovf"):
                raise Unreadable("is no OVA: its first member is no .ovf")
            return _bounded(held.read(MOST_BYTES + 1))
    except tarfile.TarError as error:
        raise Unreadable(f"is no OVA: {error}") from error


def _bounded(data: bytes) -> bytes:
    if len(data) > MOST_BYTES:
        raise Unreadable(f"is larger than {MOST_BYTES >> 20} MiB, which no description of guests is")
    return data
