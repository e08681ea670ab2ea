"""The names of the small volumes that mark a volume as half-filled: which volume, and which fill of it."""

from __future__ import annotations

import hashlib
import re
import secrets

from specs.content import MARKER

_NONCE = re.compile(r"(?P<stem>.+)\.(?P<nonce>[0-9a-f]{16})" + re.escape(MARKER), re.DOTALL)
_LONGEST = 127
"""Bytes that a name may have wherever volumes have names of one's own: of a logical volume (lvm(8), which
also takes no other characters than these); a file's may have 255."""
_STEM = _LONGEST - len(f".{'0' * 16}{MARKER}")


def new_nonce() -> str:
    """What tells one fill from every other."""
    return secrets.token_hex(8)


def marker_of(volume: str, nonce: str) -> str:
    """The marker of one fill of a volume, both as 'pool/name'."""
    return f"{stem_of(volume)}.{nonce}{MARKER}"


def read_marker(name: str) -> tuple[str, str] | None:
    """What a volume with a marker's name says: the stem of the volume that it marks, and the nonce."""
    found = _NONCE.fullmatch(name)
    return (found["stem"], found["nonce"]) if found else None


def stem_of(volume: str) -> str:
    """What the markers of a volume begin with: 'pool/name', the name cut short where a marker's would be too
    long, and told from others by a hash."""
    pool, slash, name = volume.partition("/")
    data = name.encode(errors="surrogateescape")
    if len(data) <= _STEM:
        return volume
    told = hashlib.sha256(data).hexdigest()[:32]
    return f"{pool}{slash}{data[: _STEM - 33].decode(errors='ignore')}-{told}"
