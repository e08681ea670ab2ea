"""The file of a simulated hypervisor: SQLite, a row per object, one transaction per verb.

Documents are stored as text, so observing parses nothing. The journal is a write-ahead log: readers and
the writer do not wait for each other, and a process killed at any moment leaves the last whole
transaction in force.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from drivers.base.errors import Transient, Unreachable
from drivers.simulated import changes, kept
from drivers.simulated.rows import HostRows
from specs.reading.inode import file_at

_VERSION = 1
_PATIENCE = 30.0
"""Seconds that a writer waits for another one."""

_CONTENTS = """CREATE TABLE IF NOT EXISTS contents (
        host TEXT NOT NULL, place TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
        length INTEGER NOT NULL, data BLOB, PRIMARY KEY (host, place, name, number))"""
"""What volumes hold; a file of an earlier version gets the table when it is opened."""

_IDENTITY = "CREATE TABLE IF NOT EXISTS identity (text TEXT NOT NULL)"
"""Where the file was made first: it is the same hypervisor wherever it is moved or copied to."""

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS objects (
        host TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, uuid TEXT NOT NULL,
        document TEXT NOT NULL, live TEXT, power TEXT, autostart INTEGER, value BLOB, place TEXT,
        UNIQUE (host, kind, name), UNIQUE (host, kind, uuid))""",
    """CREATE TABLE IF NOT EXISTS volumes (
        host TEXT NOT NULL, place TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
        PRIMARY KEY (host, place, name))""",
    "CREATE TABLE IF NOT EXISTS places (host TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (host, path))",
    """CREATE TABLE IF NOT EXISTS uses (
        host TEXT NOT NULL, domain TEXT NOT NULL, what TEXT NOT NULL, key TEXT NOT NULL,
        shared INTEGER NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS uses_by_key ON uses (host, what, key)",
    "CREATE INDEX IF NOT EXISTS uses_by_domain ON uses (host, domain)",
    """CREATE TABLE IF NOT EXISTS counters (
        host TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (host, name))""",
    _CONTENTS,
    _IDENTITY,
    kept.SCHEMA,
    *changes.SCHEMA,
    """CREATE TABLE IF NOT EXISTS faults (
        id INTEGER PRIMARY KEY, host TEXT NOT NULL, verb TEXT NOT NULL, name TEXT NOT NULL,
        error TEXT NOT NULL, remaining INTEGER NOT NULL)""",
)


_OURS = ".virt-reconcile"


def _is_or_may_be_made(folder: Path) -> bool:
    """A clone of a tree lacks the folder that we keep for ourselves in it, and nobody has to make that."""
    return folder.is_dir() or (folder.name == _OURS and folder.parent.is_dir())


class Store:
    """A connection to the file, for use by several threads one after another."""

    def __init__(self, path: Path, host: str, *, readonly: bool = False, shared: str = "") -> None:
        if not _is_or_may_be_made(path.absolute().parent):
            raise Unreachable(
                f"cannot open {path}: its folder does not exist", f"create {path.absolute().parent}"
            )
        self.path = path.absolute()
        self._path = path
        self._host, self._shared = host, shared
        self._readonly = readonly
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def host_in(self, other: HostRows) -> HostRows:
        """This store's host, in a transaction of another on the same file."""
        return HostRows(other.connection, self._host, self._shared)

    def identity_to_be(self) -> str:
        """What the host will be when the file is made."""
        return f"{_place(self._path)} {self._host}"

    @contextmanager
    def read(self) -> Iterator[HostRows | None]:
        """A consistent view; None while the file does not exist."""
        with self._lock, self._translated():
            connection = self._opened()
            if connection is None:
                yield None
                return
            connection.execute("BEGIN")
            try:
                yield HostRows(connection, self._host, self._shared)
            finally:
                connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[HostRows]:
        """One change, whole or not at all."""
        with self._lock, self._translated():
            connection = self._opened() or self._created()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield HostRows(connection, self._host, self._shared)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            changes.ring(self.path)

    def close(self) -> None:
        """Closes the file, until it is needed again."""
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection | None:
        if self._connection and self._file != file_at(self._path):
            self.close()  # it was removed, or another took its place
        if self._connection is None and self._path.exists():
            connection = self._connect()
            connection.execute("BEGIN")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            connection.execute("COMMIT")
            if version == 0 and not tables:  # another process may be creating it
                connection.close()
                return None
            if version != _VERSION:
                connection.close()
                raise Unreachable(
                    f"{self._path} is not the file of a simulated host of this version (format {version},"
                    f" not {_VERSION})",
                    "name another file in the URI",
                )
            if self._readonly:
                connection.execute("PRAGMA query_only = ON")
            else:
                connection.execute(_CONTENTS)
                connection.execute(_IDENTITY)
                connection.execute(kept.SCHEMA)
                for statement in changes.SCHEMA:
                    connection.execute(statement)
                _identify(connection, self._path)
            self._connection, self._file = connection, file_at(self._path)
        return self._connection

    def _created(self) -> sqlite3.Connection:
        # Only where it is not there: closing a file gives up every lock that this process has on it, so also
        # those that SQLite holds for another host of the same file (fcntl(2)).
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        connection = self._connect()
        _switch_to_wal(connection)
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA:
            connection.execute(statement)
        _identify(connection, self._path)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
        self._connection, self._file = connection, file_at(self._path)
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path.absolute().as_uri() + "?mode=rw",
            uri=True,
            timeout=_PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise Transient(f"{self._path} is busy", "another process writes to it") from error
            raise Unreachable(f"cannot use {self._path}: {error}") from error
        except (sqlite3.DatabaseError, OSError) as error:
            raise Unreachable(
                f"cannot use {self._path}: {error}", "is it the file of a simulated host?"
            ) from error


def _identify(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute(
        "INSERT INTO identity SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)", (_place(path),)
    )


def _place(path: Path) -> str:
    return f"sim {path.resolve()}"


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for a lock here by itself."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
