"""What a volume is filled with, as plain data: where its content comes from and how it is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit


class OnSourceChange(StrEnum):
    """What becomes of a volume's data when its source changes after it was filled."""

    IGNORE = "ignore"
    REPLACE = "replace"


class OnSeedChange(StrEnum):
    """What a changed seed (cloud-init, Ignition, config drive) does to a guest that exists."""

    IGNORE = "ignore"
    RESEED = "reseed"
    REBUILD = "rebuild"


MARKER = ".filling"
"""What the name of the small volume ends with that stands beside a volume while that is being filled
(specs.markers)."""

_SEED = re.compile(r"(?P<domain>.+)-seed-[0-9a-f]{16}\.(?:iso|ign)")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a new volume's content comes from: exactly one of `file`, `url`, `volume`, `files`, `text`.

    `file` is a path on the controller, relative to the tree. `volume` is another volume of the same host
    ('pool/name'), copied whole. `files` (name → text) become an ISO 9660 image with the volume id
    `label`; `text` is the content itself. `checksum` is 'sha256:HEX' of the file as it is published
    (before decompression); `sums` is a file or URL of sha256sum's format in which `sums_name` (or the
    last part of the path) is looked up. `compression` is auto, none, gz, xz or zst. `format` is what the
    content must be (raw, qcow2, …); `exact` says that it was said of the source itself: bytes are then
    taken as they are, whatever they look like.
    """

    file: str = ""
    url: str = field(default="", repr=False)
    volume: str = ""
    label: str = ""
    files: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    text: str = field(default="", repr=False)
    checksum: str = ""
    sums: str = ""
    sums_name: str = ""
    compression: str = "auto"
    format: str = "raw"
    exact: bool = False
    identity: str = ""
    """What tells this content from another without reading it; a plain file is told by its own digest."""

    def describe(self) -> str:
        """The source in a few words, without what a URL may carry in secret."""
        if self.file:
            return self.file
        if self.url:
            return without_secrets(self.url)
        return f"volume {self.volume}" if self.volume else "a generated seed"


@dataclass(frozen=True, slots=True)
class Seed:
    """The seed volume that a domain boots with: its pool, its content-addressed name, and what a change
    of it may do."""

    pool: str
    volume: str
    policy: OnSeedChange = OnSeedChange.IGNORE


def domain_of_seed(volume: str) -> str:
    """The domain whose seed a volume of that name is; '' when it is no seed's name."""
    found = _SEED.fullmatch(volume)
    return found["domain"] if found else ""


def without_secrets(url: str) -> str:
    """A URL without user, password, query and fragment, any of which may hold a token."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
