"""What a reader makes of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_UNREAD = re.compile(r"[^\x20-\x7e]")


class Unreadable(ValueError):
    """Why a file is not read; the message goes after its name."""


@dataclass(frozen=True, slots=True)
class Read:
    """The documents of a file, and the names of what could not be carried over into them."""

    documents: tuple[str, ...]
    lost: tuple[str, ...] = ()


def names_of(lost: Iterable[str]) -> tuple[str, ...]:
    """Names of what is lost, each once, in order; without whatever a comment cannot hold."""
    return tuple(dict.fromkeys(_UNREAD.sub("?", name)[:80] for name in lost))
