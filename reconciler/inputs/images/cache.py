"""The controller's cache of images: files under their digests, and small notes of what is known of them.

    published/HEX   a file as it was published      notes/KEY.json  what is remembered of a URL, path, archive
    prepared/HEX    the image unpacked from one     partial/        what is being made     locks/

A file comes under its digest by a rename when it is whole, so that a kill leaves only partial ones.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reconciler.inputs.images.errors import ImageError, check
from specs.reading.trust import cache_home

_DAY = 86400.0
_UNUSED = 30 * _DAY
Shelf = Literal["published", "prepared"]


def default_cache() -> Path:
    """Where images are kept unless it is said otherwise."""
    return cache_home() / "virt-reconcile" / "images"


def key_of(*parts: str) -> str:
    """A file name for what the parts say (a URL may hold a token, and a path may be long)."""
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class Cache:
    """The folder; made when something is written to it. Methods raise OSError."""

    root: Path

    def folder(self, name: str) -> Path:
        """A folder of the cache, which nobody else can read. ImageError when it is somebody else's."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.root.stat().st_uid != os.geteuid():
            raise ImageError(
                f"the cache of images {self.root} belongs to another user, who could change it: set"
                " XDG_CACHE_HOME to a folder of your own"
            )
        self.root.chmod(0o700)
        made = self.root / name
        made.mkdir(mode=0o700, exist_ok=True)
        return made

    def find(self, shelf: Shelf, digest: str) -> Path | None:
        """The file of that digest ('sha256:HEX'); finding it counts as using it."""
        path = self.root / shelf / digest.removeprefix("sha256:")
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def keep(self, shelf: Shelf, made: Path, digest: str) -> Path:
        """Puts a whole file under its digest; removes what was not used for long."""
        with made.open("rb") as file:
            os.fsync(file.fileno())
        path = self.folder(shelf) / digest.removeprefix("sha256:")
        made.replace(path)
        os.utime(path)
        self._tidy()
        return path

    def note(self, key: str) -> dict[str, str]:
        """What is remembered under a key; empty when nothing is, or it cannot be read."""
        path = self.root / "notes" / f"{key}.json"
        try:
            told = json.loads(path.read_text())
            os.utime(path)
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def remember(self, key: str, told: dict[str, str]) -> None:
        """Remembers it; a cache that cannot be written only costs time."""
        with suppress(OSError), self.temporary() as path:
            path.write_text(json.dumps(told))
            path.replace(self.folder("notes") / f"{key}.json")

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """An empty file that is gone afterwards, unless it was renamed."""
        descriptor, name = tempfile.mkstemp(dir=self.folder("partial"))
        os.close(descriptor)
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @contextmanager
    def lock(self, key: str, cancel: threading.Event | None) -> Iterator[None]:
        """Waits until nobody else does the same."""
        with (self.folder("locks") / key).open("w") as file:
            while not _locked(file.fileno()):
                check(cancel)
                time.sleep(0.1)
            yield

    def _tidy(self) -> None:
        now = time.time()
        for name, age in (
            ("partial", _DAY),
            *((name, _UNUSED) for name in ("published", "prepared", "notes")),
        ):
            for path in (self.root / name).glob("*"):
                with suppress(OSError):
                    if now - path.stat().st_mtime > age:
                        path.unlink()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise ImageError(f"the cache cannot be locked: {error.strerror}") from None
    return True
