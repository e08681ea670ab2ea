"""The facet that reads what was logged of a guest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LogPlace:
    """A log of a guest: who wrote it (`qemu`, `lxc`, `console`, …), and the file on its host."""

    writer: str
    path: str


@dataclass(frozen=True, slots=True)
class LogPiece:
    """Some of a log: its bytes, and where it goes on, from which the next piece is asked for."""

    data: bytes
    end: int


class Logs(Protocol):
    """What is logged of guests. Nothing is changed, and nobody gets more rights by it."""

    def places(self, name: str) -> tuple[LogPlace, ...]:
        """The logs of a domain, whether or not they were begun. NotFound without the domain."""

    def read(self, place: LogPlace, after: int | None, most: int) -> LogPiece:
        """The last `most` bytes of a log, or what follows a byte of it, no more than so many; of one that has
        become shorter, all of it. NotFound when it was not begun, Refused with the reason when it may not be
        read, Unsupported when nobody can read it from here."""
