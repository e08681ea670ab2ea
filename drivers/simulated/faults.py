"""Faults on demand: what a call of a simulated host shall do instead, or besides.

They stand in the file, so that a test may ask for them from outside the process under test. The table of
errors is in the package's docstring.
"""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.simulated.rows import HostRows
from drivers.simulated.store import Store
from specs.diagnostics import did_you_mean

_RAISED: dict[str, type[DriverError]] = {
    "transient": Transient,
    "refused": Refused,
    "unreachable": Unreachable,
    "not-found": NotFound,
    "unsupported": Unsupported,
}
SWITCHING = threading.RLock()
"""Held while a domain changes from one file to another. These cannot be written to as one, as a move of a
real host's is one step; so nobody dies in between."""
ERRORS = (*_RAISED, "hang", "crash-before", "crash-after", "lost-reply", "ignores-shutdown")


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """One fault that waits; `host`, `verb` and `name` are patterns as of a shell."""

    host: str
    verb: str
    name: str
    error: str
    remaining: int


def inject(path: Path | str, host: str, verb: str, name_pattern: str, error: str, times: int = 1) -> None:
    """Lets the next `times` matching calls fail; -1: all of them until `clear`.

    ValueError for an error that does not exist, or no times.
    """
    if error not in ERRORS:
        raise ValueError(f"no fault '{error}'{did_you_mean(error, ERRORS)}")
    if times == 0:
        raise ValueError("a fault happens at least once: times is at least 1, or -1 for always")
    with _file(path).write() as rows:
        rows.connection.execute(
            "INSERT INTO faults (host, verb, name, error, remaining) VALUES (?, ?, ?, ?, ?)",
            (host, verb, name_pattern, error, times),
        )


def pending(path: Path | str) -> tuple[InjectedFault, ...]:
    """The faults that nothing has run into yet, oldest first."""
    with _file(path).read() as rows:
        if rows is None:
            return ()
        query = "SELECT host, verb, name, error, remaining FROM faults ORDER BY id"
        return tuple(InjectedFault(*row) for row in rows.connection.execute(query))


def clear(path: Path | str) -> None:
    """Forgets all faults."""
    with _file(path).write() as rows:
        rows.connection.execute("DELETE FROM faults")


def take(path: Path, host: str, verb: str, name: str, store: Store) -> str:
    """Uses up the oldest fault that matches a call; its error, '' for none.

    Written by a connection of its own, so that a read-only one runs into faults too.
    """
    with store.read() as rows:
        if rows is None or _match(rows, host, verb, name) is None:
            return ""
    with _file(path).write() as rows:
        found = _match(rows, host, verb, name)
        if found is None:
            return ""
        key, error = found
        change = "UPDATE faults SET remaining = remaining - 1 WHERE id = ? AND remaining > 0"
        rows.connection.execute(change, (key,))
        rows.connection.execute("DELETE FROM faults WHERE id = ? AND remaining = 0", (key,))
        return error


def before(error: str, verb: str, name: str) -> None:
    """What a fault does to a call that has not taken effect."""
    if error in _RAISED:
        raise _RAISED[error](f"injected fault: {verb} {name}".rstrip())
    if error == "crash-before":
        _crash()


def after(error: str, verb: str, name: str) -> None:
    """What a fault does to a call that has taken effect."""
    if error == "crash-after":
        _crash()
    if error == "lost-reply":
        raise Unreachable(f"injected fault: the reply to {verb} {name} was lost")


def _match(rows: HostRows, host: str, verb: str, name: str) -> tuple[int, str] | None:
    query = "SELECT id, host, verb, name, error FROM faults ORDER BY id"
    for key, *patterns, error in rows.connection.execute(query):
        called = zip((host, verb, name), patterns, strict=True)
        if all(fnmatchcase(value, pattern) for value, pattern in called):
            return key, error
    return None


def _file(path: Path | str) -> Store:
    return Store(Path(path), "")


def _crash() -> None:
    with SWITCHING:
        os.kill(os.getpid(), signal.SIGKILL)
