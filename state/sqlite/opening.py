"""Opening the file: to write, made or brought up to date where need be; to read, left as it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from state.errors import StateError
from state.folder import make_folder
from state.opened import OpenState
from state.owning import how_to_own
from state.sqlite.database import Database, unusable
from state.sqlite.fleets import fleet_key
from state.sqlite.migrations import LATEST, check, migrate
from state.sqlite.state import SqliteState
from state.sqlite.trust import require_trusted
from state.sqlite.url import file_of

_LONGEST = 64 * 1024 * 1024
"""Bytes of the largest value that is read; a document may have 16 MiB."""


def open_state(
    url: str,
    *,
    readonly: bool = False,
    fleet: str = "default",
    uuid: str = "",
    declares: Collection[str] = (),
) -> OpenState:
    """As `state.open_state`."""
    path = file_of(url)
    require_trusted(path)
    try:
        connection = _to_read(path) if readonly else _to_write(path)
        key = fleet_key(connection, fleet, uuid, declares, readonly=readonly)
        return SqliteState(Database(path, connection, readonly=readonly), key)
    except sqlite3.DatabaseError as error:
        raise unusable(path, error) from error
    except OSError as error:
        raise StateError(
            f"the state {path} cannot be opened: {error.strerror}"
            f"{how_to_own(path) or '; --state names another place'}"
        ) from error


def _to_read(path: Path) -> sqlite3.Connection:
    """Nothing is written to it: where it has to be made or brought up to date, a copy in memory is."""
    connection = None
    if path.exists():
        connection = _connect(f"{path.resolve().as_uri()}?mode=ro")
        if check(connection) == LATEST:
            return connection
    memory = _connect("file::memory:")
    if connection is None:
        migrate(memory)
        return memory
    if check(connection):
        connection.backup(memory)
        migrate(memory)
        memory.execute("PRAGMA query_only = ON")
    else:
        migrate(memory)  # made, but nothing was written to it yet
    connection.close()
    return memory


def _to_write(path: Path) -> sqlite3.Connection:
    make_folder(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600))
    connection = _connect(path.resolve().as_uri())
    with suppress(sqlite3.OperationalError):  # another process is switching it right now
        connection.execute("PRAGMA journal_mode = WAL")
    # Safe when the process is killed; the last moments may be lost when the machine is: it is a cache.
    connection.execute("PRAGMA synchronous = NORMAL")
    migrate(connection)
    return connection


def _connect(target: str) -> sqlite3.Connection:
    """Transactions are ours to begin and end; the database's mutex keeps its threads apart."""
    connection = sqlite3.connect(target, uri=True, check_same_thread=False, isolation_level=None, timeout=30)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection
