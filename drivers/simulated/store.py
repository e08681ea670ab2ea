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
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drivers.errors import Transient, Unreachable
from specs.identity import Kind

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
    """CREATE TABLE IF NOT EXISTS faults (
        id INTEGER PRIMARY KEY, host TEXT NOT NULL, verb TEXT NOT NULL, name TEXT NOT NULL,
        error TEXT NOT NULL, remaining INTEGER NOT NULL)""",
)

_FIELDS = "kind, name, uuid, document, live, power, autostart, value, place"


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored object. `live` is None while it is inactive; `autostart` None where the kind has none;
    `value` a secret's; `place` where a pool keeps its volumes."""

    kind: Kind
    name: str
    uuid: str
    document: str
    live: str | None = None
    power: str | None = None
    autostart: int | None = None
    value: bytes | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What a running domain uses: `what` is 'image', 'filter' or 'port'."""

    what: str
    key: str
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """One host's rows, inside a transaction. What lies below `shared` (a path) is the same for all hosts of
    the file."""

    connection: sqlite3.Connection
    name: str
    shared: str = ""

    def owner(self, place: str) -> str:
        """The host that a place's rows belong to; '' is all."""
        below = self.shared and (place + "/").startswith(self.shared.rstrip("/") + "/")
        query = "SELECT 1 FROM places WHERE host = '' AND path = ?"
        return "" if below or self.connection.execute(query, (place,)).fetchone() else self.name

    def share_place(self, path: str) -> None:
        """From now on a place is the same for all hosts of the file."""
        self.connection.execute("INSERT OR IGNORE INTO places VALUES ('', ?)", (path,))

    def entry(self, kind: Kind, name: str) -> Entry | None:
        return self._one("name", kind, name)

    def entry_by_uuid(self, kind: Kind, uuid: str) -> Entry | None:
        return self._one("uuid", kind, uuid)

    def _one(self, column: str, kind: Kind, key: str) -> Entry | None:
        query = f"SELECT {_FIELDS} FROM objects WHERE host = ? AND kind = ? AND {column} = ?"  # noqa: S608
        row = self.connection.execute(query, (self.name, kind, key)).fetchone()
        return Entry(Kind(row[0]), *row[1:]) if row else None

    def entries(self, kind: Kind | None = None) -> Iterator[Entry]:
        query = f"SELECT {_FIELDS} FROM objects WHERE host = ? AND (? IS NULL OR kind = ?)"  # noqa: S608
        for row in self.connection.execute(query, (self.name, kind, kind)):
            yield Entry(Kind(row[0]), *row[1:])

    def save(self, entry: Entry) -> None:
        row = (
            entry.kind, entry.name, entry.uuid, entry.document, entry.live, entry.power,
            entry.autostart, entry.value, entry.place,
        )  # fmt: skip
        query = f"INSERT OR REPLACE INTO objects (host, {_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        self.connection.execute(query, (self.name, *row))

    def remove(self, kind: Kind, name: str) -> None:
        self.connection.execute(
            "DELETE FROM objects WHERE host = ? AND kind = ? AND name = ?", (self.name, kind, name)
        )

    def identity(self) -> str:
        """Which simulated host this is; '' in a file of an earlier version, until it is written to."""
        tables = "SELECT 1 FROM sqlite_master WHERE name = 'identity'"
        if self.connection.execute(tables).fetchone() is None:
            return ""
        row = self.connection.execute("SELECT text FROM identity").fetchone()
        return f"{row[0]} {self.name}" if row else ""

    def volume(self, place: str, name: str) -> str | None:
        row = self.connection.execute(
            "SELECT document FROM volumes WHERE host = ? AND place = ? AND name = ?",
            (self.owner(place), place, name),
        ).fetchone()
        return str(row[0]) if row else None

    def active_volumes(self) -> Iterator[tuple[str, str]]:
        """('pool/volume', document) of every active pool."""
        yield from self.connection.execute(
            "SELECT o.name || '/' || v.name, v.document FROM objects o JOIN volumes v"
            " ON v.host IN (o.host, '') AND v.place = o.place"
            " WHERE o.host = ? AND o.kind = ? AND o.power = 'active'",
            (self.name, Kind.STORAGE_POOL),
        )

    def save_volume(self, place: str, name: str, document: str) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO volumes VALUES (?, ?, ?, ?)", (self.owner(place), place, name, document)
        )

    def remove_volume(self, place: str, name: str) -> None:
        self.connection.execute(
            "DELETE FROM volumes WHERE host = ? AND place = ? AND name = ?", (self.owner(place), place, name)
        )
        self.drop_content(place, name)

    def remove_volumes(self, place: str) -> None:
        for table in ("volumes", "contents"):
            query = f"DELETE FROM {table} WHERE host = ? AND place = ?"  # noqa: S608
            self.connection.execute(query, (self.owner(place), place))

    def content(self, place: str, name: str) -> Iterator[tuple[int, bytes | None]]:
        """The pieces that a volume holds: their length, and their bytes (None: a hole) as they were added."""
        yield from self.connection.execute(
            "SELECT length, data FROM contents WHERE host = ? AND place = ? AND name = ? ORDER BY number",
            (self.owner(place), place, name),
        )

    def add_content(self, place: str, name: str, number: int, length: int, data: bytes | None) -> None:
        row = (self.owner(place), place, name, number, length, data)
        self.connection.execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?, ?, ?)", row)

    def drop_content(self, place: str, name: str) -> None:
        self.connection.execute(
            "DELETE FROM contents WHERE host = ? AND place = ? AND name = ?",
            (self.owner(place), place, name),
        )

    def pool_at(self, place: str) -> Entry | None:
        query = f"SELECT {_FIELDS} FROM objects WHERE host = ? AND kind = ? AND place = ?"  # noqa: S608
        row = self.connection.execute(query, (self.name, Kind.STORAGE_POOL, place)).fetchone()
        return Entry(Kind(row[0]), *row[1:]) if row else None

    def place_exists(self, path: str) -> bool:
        query = "SELECT 1 FROM places WHERE host = ? AND path = ?"
        return self.connection.execute(query, (self.name, path)).fetchone() is not None

    def make_place(self, path: str) -> None:
        self.connection.execute("INSERT OR IGNORE INTO places VALUES (?, ?)", (self.name, path))

    def uses(self, what: str, key: str) -> list[tuple[str, bool]]:
        """(domain, shared) of every running domain that uses it."""
        rows = self.connection.execute(
            "SELECT domain, shared FROM uses WHERE host = ? AND what = ? AND key = ?", (self.name, what, key)
        )
        return [(domain, bool(shared)) for domain, shared in rows]

    def set_uses(self, domain: str, uses: Iterable[Use]) -> None:
        """Replaces what a domain uses; nothing for a stopped one."""
        self.connection.execute("DELETE FROM uses WHERE host = ? AND domain = ?", (self.name, domain))
        self.connection.executemany(
            "INSERT INTO uses VALUES (?, ?, ?, ?, ?)",
            [(self.name, domain, use.what, use.key, use.shared) for use in uses],
        )

    def count(self, name: str) -> int:
        """The next number of a counter that never goes back, from 0."""
        row = self.connection.execute(
            "INSERT INTO counters VALUES (?, ?, 0)"
            " ON CONFLICT (host, name) DO UPDATE SET value = value + 1 RETURNING value",
            (self.name, name),
        ).fetchone()
        return int(row[0])

    def number(self, name: str) -> int:
        """A number that was kept; 0 when none was."""
        query = "SELECT value FROM counters WHERE host = ? AND name = ?"
        row = self.connection.execute(query, (self.name, name)).fetchone()
        return int(row[0]) if row else 0

    def keep_number(self, name: str, value: int) -> None:
        """Keeps a number under a name that no counter has."""
        self.connection.execute("INSERT OR REPLACE INTO counters VALUES (?, ?, ?)", (self.name, name, value))


class Store:
    """A connection to the file, for use by several threads one after another."""

    def __init__(self, path: Path, host: str, *, readonly: bool = False, shared: str = "") -> None:
        if not path.absolute().parent.is_dir():
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

    def host_in(self, other: Host) -> Host:
        """This store's host, in a transaction of another on the same file."""
        return Host(other.connection, self._host, self._shared)

    def identity_to_be(self) -> str:
        """What the host will be when the file is made."""
        return f"{_place(self._path)} {self._host}"

    @contextmanager
    def read(self) -> Iterator[Host | None]:
        """A consistent view; None while the file does not exist."""
        with self._lock, self._translated():
            connection = self._opened()
            if connection is None:
                yield None
                return
            connection.execute("BEGIN")
            try:
                yield Host(connection, self._host, self._shared)
            finally:
                connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[Host]:
        """One change, whole or not at all."""
        with self._lock, self._translated():
            connection = self._opened() or self._created()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Host(connection, self._host, self._shared)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection | None:
        if self._connection and self._file != _file_at(self._path):
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
                _identify(connection, self._path)
            self._connection, self._file = connection, _file_at(self._path)
        return self._connection

    def _created(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        connection = self._connect()
        _switch_to_wal(connection)
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA:
            connection.execute(statement)
        _identify(connection, self._path)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
        self._connection, self._file = connection, _file_at(self._path)
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


def _file_at(path: Path) -> tuple[int, int] | None:
    """Which file has that name; None when none has."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


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
