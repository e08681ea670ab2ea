"""Commands on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from drivers.base.errors import NotFound, Refused, Unreachable
from drivers.native.commands import PATIENCE, PIECE, CommandResult, TooSlow

_GRACE = 5.0
"""Seconds that what was told to end has until it is killed."""


class LocalCommands:
    """This machine (drivers.native.commands.Commands); `environment` is set for each command beside what
    this process has."""

    place = "this machine"

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self._environment = environment or {}
        self._closed = threading.Event()

    def run(
        self,
        command: Sequence[str] | str,
        *,
        given: bytes = b"",
        patience: float = PATIENCE,
        repeatable: bool = False,
    ) -> CommandResult:
        """Runs it in a process group of its own, so that all of it ends with its time."""
        self._check_open()
        words = ["sh", "-c", command] if isinstance(command, str) else list(command)
        try:
            process = subprocess.Popen(  # noqa: S603 - what drivers say, in words of its own
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise NotFound(f"there is no program '{words[0]}' on {self.place}") from error
        except OSError as error:
            raise Refused(f"cannot run '{words[0]}': {error.strerror}") from error
        try:
            output, complaint = process.communicate(given, timeout=patience)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise TooSlow(f"'{words[0]}' did not end within {patience:g} s on {self.place}") from error
        return CommandResult(process.returncode, output, complaint)

    def read(self, path: str) -> Iterator[bytes]:
        """The pieces of a file."""
        self._check_open()
        with _telling(path), Path(path).open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def write(self, path: str, pieces: Iterable[bytes | int], told: Callable[[int], None]) -> None:
        """Writes over what is there."""
        self._check_open()
        with _telling(path):
            file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            done = 0
            with _telling(path):
                os.ftruncate(file, 0)  # so that holes are some, whatever was there
            for piece in pieces:
                with _telling(path):
                    done = _written(file, piece, done)
                told(done)
            with _telling(path):
                os.ftruncate(file, done)
                os.fsync(file)
        finally:
            os.close(file)

    def close(self) -> None:
        """Further calls are Unreachable."""
        self._closed.set()

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise Unreachable(f"the connection to {self.place} is closed", "open it again")


def _written(file: int, piece: bytes | int, begin: int) -> int:
    """Where the file is written to once a piece is in it."""
    if isinstance(piece, int):
        return begin + piece
    view = memoryview(piece)
    while view:
        view = view[os.pwrite(file, view, begin + len(piece) - len(view)) :]
    return begin + len(piece)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and its children; whoever does not hear it is killed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.communicate(timeout=_GRACE)
            return
        except subprocess.TimeoutExpired:
            continue


@contextmanager
def _telling(path: str) -> Iterator[None]:
    """What goes wrong with a file, in our terms."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"'{path}': {error.strerror}") from error
    except OSError as error:
        raise Refused(f"'{path}': {error.strerror or error}") from error
