"""Commands that are run where a hypervisor is, and files that are read and written there."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from drivers.base.errors import Transient

PATIENCE = 60.0
"""Seconds that a command has, unless its caller says otherwise."""

NO_PROGRAM = 127
"""What a POSIX shell ends with where there is no such program."""

PIECE = 256 << 10
"""Bytes that are read of a file at once."""


class TooSlow(Transient):
    """A command did not end in its time. It was told to end; what it had done by then is not known."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended: its status (negative, or 255 over ssh, where a signal ended it), and what it
    said."""

    status: int
    output: bytes
    complaint: bytes

    @property
    def text(self) -> str:
        """What it printed. Bytes that are no UTF-8 are shown as such, never lost."""
        return self.output.decode(errors="backslashreplace")

    @property
    def error(self) -> str:
        """What it printed as errors."""
        return self.complaint.decode(errors="backslashreplace").strip()


class Commands(Protocol):
    """A machine on which commands are run: this one, or one over ssh. May be shared by threads.

    A command is its words, or a text for the shell over there. Every call raises Unreachable where the
    machine cannot be reached, or the way to it was lost, and once this is closed.
    """

    @property
    def place(self) -> str:
        """The machine, as messages call it."""

    def run(
        self,
        command: Sequence[str] | str,
        *,
        given: bytes = b"",
        patience: float = PATIENCE,
        repeatable: bool = False,
    ) -> CommandResult:
        """What a command says that is `given` something to read. TooSlow when its time is up, NotFound where
        there is no such program. One that is `repeatable` changes nothing, and is run once more when its
        answer got lost."""

    def read(self, path: str) -> Iterator[bytes]:
        """A file's bytes, in pieces; NotFound where there is none."""

    def write(self, path: str, pieces: Iterable[bytes | int], told: Callable[[int], None]) -> None:
        """Writes a file that is there from its beginning, or makes it; a hole, given as its length, stays
        one. `told` hears how many bytes are through. What was longer is cut off."""

    def close(self) -> None:
        """Lets go of the machine."""


def shell_text(command: Sequence[str] | str) -> str:
    """A command as a POSIX shell takes it."""
    return command if isinstance(command, str) else shlex.join(command)
