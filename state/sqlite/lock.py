"""One writer at a time: a lock that the kernel releases when its holder dies, however it dies."""

from __future__ import annotations

import errno
import fcntl
import getpass
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from specs.reading.trust import mistrusted_stat
from state.errors import LeaseLost, Locked, StateError
from state.leases import Holder

_LATEST = 253402300799
"""Seconds since the epoch at the end of the year 9999."""


@dataclass(frozen=True, slots=True)
class FileLease:
    """The lock while it is held, as `state.leases.Lease`: it lasts as long as its file is the one that lies
    there."""

    path: Path
    descriptor: int
    holder: Holder

    def renew(self) -> None:
        """Raises LeaseLost when another file lies there, which another process may have locked."""
        try:
            same = os.path.samestat(self.path.lstat(), os.fstat(self.descriptor))
        except OSError:
            same = False
        if not same:
            raise LeaseLost(
                f"the lock file {self.path} was taken away while '{self.holder.command}' held it, so that"
                " another process may write by now: nothing more is begun; run the command again"
            )


@contextmanager
def writer_lock(path: Path, command: str) -> Iterator[FileLease]:
    """Holds the lock file while the block runs; raises Locked, naming the holder, when it is taken."""
    descriptor = _open(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(_read_holder(descriptor)) from None
        holder = Holder(os.getpid(), socket.gethostname(), _user(), command, time.time())
        _write_holder(descriptor, holder)
        yield FileLease(path, descriptor, holder)
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def holder_of(path: Path) -> Holder | None:
    """Who holds the lock, as far as it can be known without taking it: whoever wrote its name there, if that
    process lives."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        holder = _read_holder(descriptor)
    finally:
        os.close(descriptor)
    return holder if holder and _lives(holder.pid) else None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True  # it is another user's
    except (OSError, OverflowError):
        return False
    return True


def _open(path: Path) -> int:
    """Opens or makes it, and follows no link: whatever it is, it is about to be emptied."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else str(error.strerror)
        raise _unusable(path, why) from error
    found = os.fstat(descriptor)
    why = mistrusted_stat(found) or ("it has another name as well" if found.st_nlink > 1 else "")
    if why:
        os.close(descriptor)
        raise _unusable(path, why)
    return descriptor


def _unusable(path: Path, why: str) -> StateError:
    return StateError(
        f"the lock file {path} cannot be used: {why}; it holds nothing: move it away, or --state names"
        " another place"
    )


def _write_holder(descriptor: int, holder: Holder) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)


def _read_holder(descriptor: int) -> Holder | None:
    """None while the holder is still writing its name, and when the file holds something else."""
    try:
        told = json.loads(os.pread(descriptor, 65536, 0))
        holder = Holder(**told)
    except (ValueError, TypeError, RecursionError):
        return None
    names = (holder.machine, holder.user, holder.command)
    sound = (
        type(holder.pid) is int
        and all(isinstance(name, str) and name.isprintable() for name in names)
        and isinstance(holder.since, (int, float))
        and 0 <= holder.since <= _LATEST
    )
    return holder if sound else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return str(os.getuid())
