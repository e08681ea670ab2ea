"""One writer at a time: a lock that the kernel releases when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from state.errors import Locked
from state.records import Holder


@contextmanager
def writer_lock(path: Path, command: str) -> Iterator[None]:
    """Holds the lock file while the block runs; raises Locked, naming the holder, when it is taken."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(_read_holder(descriptor)) from None
        _write_holder(descriptor, command)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _write_holder(descriptor: int, command: str) -> None:
    holder = Holder(os.getpid(), socket.gethostname(), _user(), command, time.time())
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)


def _read_holder(descriptor: int) -> Holder | None:
    """None while the holder is still writing its name."""
    try:
        return Holder(**json.loads(os.pread(descriptor, 65536, 0)))
    except (ValueError, TypeError):
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return str(os.getuid())
