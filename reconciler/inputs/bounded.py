"""Reading what others hold: a file or a command's output, bounded in size and in time."""

from __future__ import annotations

import os
import selectors
import signal
import stat
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

MAX_BYTES = 1024 * 1024
"""More than any key or password has; libvirt takes 64 KiB (VIR_SECRET_VALUE_BUFFER_MAX)."""

TIMEOUT = 60.0
"""Seconds that a command may take."""

_PIECE = 65536
_LOOK_AGAIN = 0.01


class TooMuch(Exception):
    """What cannot be read within bounds; the message goes after the name of what was read."""


def read_file(path: Path) -> bytes:
    """The bytes of a regular file; OSError, or TooMuch for anything else."""
    # Without O_NONBLOCK, opening a FIFO waits for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise TooMuch("is no regular file; write the value to one, or use a command")
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TooMuch(_TOO_LONG)
    return data


def output_of(command: Sequence[str], folder: str, timeout: float | None = None) -> bytes:
    """What a command prints, which is nowhere repeated. It reads nothing, its messages are thrown away,
    and when it ends, fails or is given up, everything that it started in its group ends with it.

    Raises OSError when it cannot be run, TooMuch when it fails or goes over its bounds.
    """
    timeout = TIMEOUT if timeout is None else timeout
    process = subprocess.Popen(  # noqa: S603 - the tree's owner chose the command
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until = time.monotonic() + timeout
        data = _read(process, until)
        _await_end(process, until)
    except TimeoutError:
        raise TooMuch(f"did not end within {timeout:g} s") from None
    finally:
        code = _end(process)
    if code:
        raise TooMuch(f"failed with exit code {code}")
    return data


_TOO_LONG = f"gives more than {MAX_BYTES // 1024} KiB, which no secret has"


def _read(process: subprocess.Popen[bytes], until: float) -> bytes:
    """Everything up to the end of the output; TimeoutError when that does not come in time."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    os.set_blocking(descriptor, False)
    data = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            left = until - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            piece = os.read(descriptor, _PIECE)
            if not piece:
                return bytes(data)
            data += piece
            if len(data) > MAX_BYTES:
                raise TooMuch(_TOO_LONG)


def _await_end(process: subprocess.Popen[bytes], until: float) -> None:
    """Waits until it has ended, which closing its output does not mean; it is not reaped yet."""
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(_LOOK_AGAIN)


def _end(process: subprocess.Popen[bytes]) -> int:
    """Ends the command with all that it started and left behind, and gives its exit code. Its group is its
    own, and until it is reaped no other process can have its number."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdout:
        process.stdout.close()
    return process.wait()
