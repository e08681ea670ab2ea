"""The state in SQLite: records, their documents, and the journal of runs.

It is a cache: losing it loses nothing that adoption does not restore.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from specs.desired import Policy
from specs.identity import Address
from state import rows
from state.errors import StateError
from state.fleets import fleet_key
from state.folder import make_folder
from state.key import key_of
from state.lock import writer_lock
from state.migrations import check, migrate
from state.records import ActionEntry, Fill, Record, RecordDocuments, Run
from state.trust import LOCK, require_trusted

_PREFIX = "sqlite:///"
_BATCH = 500
_LONGEST = 64 * 1024 * 1024
"""Bytes of the largest value that is read; a document may have 16 MiB."""

_DROP_FILL = "DELETE FROM fills WHERE fleet = ? AND address = ?"

T = TypeVar("T")


def open_store(
    url: str,
    *,
    readonly: bool = False,
    fleet: str = "default",
    uuid: str = "",
    declares: Collection[str] = (),
) -> Store:
    """Opens `sqlite:///relative.db`, `sqlite:////absolute.db` or a plain path.

    A fleet with a UUID has a state of its own beside others of its name. When it first has one, it takes
    over what is kept under its name alone, where that is of the tree that `declares` these addresses.

    Read-only, a missing state is an empty one and nothing is created. Raises StateError when the state
    is damaged, too new, not the user's own, or its folder cannot be written.
    """
    path = path_of(url)
    require_trusted(path)
    try:
        connection = _connect(path, readonly)
        key = fleet_key(connection, fleet, uuid, declares, readonly=readonly)
        return Store(path, connection, key, readonly)
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error) from error
    except OSError as error:
        raise StateError(
            f"the state {path} cannot be opened: {error.strerror}; --state names another place"
        ) from error


def path_of(url: str) -> Path:
    """The file that a state's URL names."""
    if "://" in url and not url.startswith(_PREFIX):
        raise StateError(f"'{url}' is no state that can be opened; allowed: sqlite:///PATH")
    return Path(url.removeprefix(_PREFIX))


def _connect(path: Path, readonly: bool) -> sqlite3.Connection:
    if readonly:
        if path.exists():
            connection = _open(f"{path.resolve().as_uri()}?mode=ro")
            if check(connection):
                return connection
            connection.close()  # made, but nothing was written to it yet
        connection = _open("file::memory:")
        migrate(connection)
        return connection
    make_folder(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600))
    connection = _open(path.resolve().as_uri())
    with suppress(sqlite3.OperationalError):  # another process is switching it right now
        connection.execute("PRAGMA journal_mode = WAL")
    # Safe when the process is killed; the last moments may be lost when the machine is: it is a cache.
    connection.execute("PRAGMA synchronous = NORMAL")
    migrate(connection)
    return connection


def _open(target: str) -> sqlite3.Connection:
    """Transactions are ours to begin and end; the store's mutex keeps its threads apart."""
    connection = sqlite3.connect(target, uri=True, check_same_thread=False, isolation_level=None, timeout=30)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _unusable(path: Path, error: sqlite3.DatabaseError) -> StateError:
    # Without a code, or with that of a wrong statement, the file is not as we made it: no such table, a
    # column that holds no text. Others are about its surroundings: no room, no permission, locked.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR:
        return StateError(f"the state {path} cannot be used: {error}; --state names another place")
    return StateError(
        f"the state {path} cannot be read ({error}); it is only a cache: move it away, and the next"
        " apply adopts what it finds"
    )


class Store:
    """An open state of one fleet; may be shared by threads. Every method raises StateError when the
    file turns out to be damaged, or cannot be written."""

    def __init__(self, path: Path, connection: sqlite3.Connection, fleet: str, readonly: bool) -> None:
        self.path, self.fleet, self.readonly = path, fleet, readonly
        self._connection = connection
        self._file = None if readonly else _file_at(path)
        self._mutex = threading.RLock()
        self._key: bytes | None = None

    @contextmanager
    def writer(self, command: str) -> Iterator[None]:
        """The writer's lock; entering it raises Locked while another process holds it. Runs whose process
        died are closed as interrupted: nobody else can have a run open."""
        with writer_lock(self.path.with_name(self.path.name + LOCK), command):
            if _file_at(self.path) != self._file:
                raise StateError(f"the state {self.path} was moved away meanwhile; run the command again")
            if self._rows("SELECT 1 FROM runs WHERE status = 'running'"):
                with self._transaction() as connection:
                    connection.execute(
                        "UPDATE runs SET status = 'interrupted', finished = ? WHERE status = 'running'",
                        (time.time(),),
                    )
            yield

    def close(self) -> None:
        """Closes the state."""
        self._connection.close()

    # records

    def records(self) -> dict[Address, Record]:
        """All records, without their documents."""
        records = self._rows(f"SELECT {rows.RECORD} FROM records WHERE fleet = ?", (self.fleet,))  # noqa: S608
        policies: dict[str, Policy] = {}
        found = self._built("records", records, lambda row: rows.record_of(row, policies))
        return {record.address: record for record in found}

    def documents(self, addresses: Iterable[Address]) -> dict[Address, RecordDocuments]:
        """The documents of these records, as far as there are any."""
        wanted = {str(address): address for address in addresses}
        names = list(wanted)
        found: dict[Address, RecordDocuments] = {}
        for start in range(0, len(names), _BATCH):
            part = names[start : start + _BATCH]
            marks = ",".join("?" * len(part))
            texts = self._rows(
                f"SELECT address, declared, readback FROM documents WHERE fleet = ?"  # noqa: S608
                f" AND address IN ({marks})",
                (self.fleet, *part),
            )
            documents = self._built("documents", texts, lambda row: rows.documents_of(row[1:]))
            found.update(zip((wanted[row[0]] for row in texts), documents, strict=True))
        return found

    def put(self, record: Record, documents: RecordDocuments) -> None:
        """Writes a record, in place of an older one; what is recorded is whole, so that no fill of it is
        under way."""
        with self._transaction() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO records (fleet, {rows.RECORD})"  # noqa: S608
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self.fleet,
                    str(record.address),
                    record.host,
                    record.native,
                    record.declared_digest,
                    record.readback_digest,
                    record.live_digest,
                    record.version,
                    record.autostart,
                    record.power,
                    record.fingerprint,
                    json.dumps(asdict(record.policy)),
                    record.content,
                    record.uuid,
                    record.machine,
                ),
            )
            connection.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                (self.fleet, str(record.address), documents.declared, documents.readback),
            )
            connection.execute(_DROP_FILL, (self.fleet, str(record.address)))

    def origins(self) -> dict[Address, str]:
        """The files in which things were declared when last a run applied them, kept until their records
        are dropped."""
        found = self._rows("SELECT address, file FROM origins WHERE fleet = ?", (self.fleet,))
        return dict(self._built("origins", found, rows.origin_of))

    def note_origins(self, files: Mapping[Address, str]) -> None:
        """Remembers in which files things are declared."""
        known = self.origins()
        news = [(self.fleet, str(a), file) for a, file in files.items() if known.get(a) != file]
        if news:
            with self._transaction() as connection:
                connection.executemany("INSERT OR REPLACE INTO origins VALUES (?, ?, ?)", news)

    def forget(self, address: Address) -> None:
        """Drops a record; no error when there is none."""
        with self._transaction() as connection:
            for table in ("records", "documents", "fills", "origins"):
                connection.execute(
                    f"DELETE FROM {table} WHERE fleet = ? AND address = ?",  # noqa: S608
                    (self.fleet, str(address)),
                )

    # fills under way

    def fills(self) -> dict[Address, Fill]:
        """The fills that were begun and not seen to end."""
        found = self._built(
            "fills",
            self._rows(f"SELECT {rows.FILL} FROM fills WHERE fleet = ?", (self.fleet,)),  # noqa: S608
            rows.fill_of,
        )
        return {fill.address: fill for fill in found}

    def note_fill(self, fill: Fill) -> None:
        """Notes a fill, or how far it is, in place of what was noted of that volume."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO fills VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    self.fleet,
                    str(fill.address),
                    fill.nonce,
                    fill.run,
                    ",".join(fill.taken),
                    fill.filled,
                    fill.content,
                ),
            )

    def drop_fill(self, address: Address) -> None:
        """Forgets a fill of which nothing is left on the host."""
        with self._transaction() as connection:
            connection.execute(_DROP_FILL, (self.fleet, str(address)))

    # journal

    def begin_run(self, command: str, tree: str, commit: str = "", plan: str = "") -> int:
        """Opens a run and gives its number; to be called under the writer's lock. `plan` tells the saved
        plan that it executes."""
        with self._transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO runs (fleet, command, tree, commit_id, started, status, summary, plan)"
                " VALUES (?, ?, ?, ?, ?, 'running', '', ?)",
                (self.fleet, command, tree, commit, time.time(), plan),
            )
            return int(cursor.lastrowid or 0)

    def finish_run(self, run: int, status: str, summary: str) -> None:
        """Closes a run: done, failed or interrupted."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE runs SET finished = ?, status = ?, summary = ? WHERE id = ?",
                (time.time(), status, summary, run),
            )

    def begin_action(self, run: int, action: str, address: str, verb: str) -> None:
        """Notes that an action begins, before it does anything."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO actions VALUES (?, ?, ?, ?, ?, NULL, '', '')",
                (run, action, address, verb, time.time()),
            )

    def finish_action(self, run: int, action: str, outcome: str, message: str = "") -> None:
        """Notes what became of an action."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE actions SET finished = ?, outcome = ?, message = ? WHERE run = ? AND action = ?",
                (time.time(), outcome, message, run, action),
            )

    def runs(self, limit: int = 20) -> list[Run]:
        """The latest runs, newest first."""
        found = self._rows(
            f"SELECT {rows.RUN} FROM runs WHERE fleet = ? ORDER BY id DESC LIMIT ?",  # noqa: S608
            (self.fleet, limit),
        )
        return self._built("runs", found, rows.run_of)

    def run_of(self, plan: str) -> Run | None:
        """The run that executed a saved plan."""
        found = self._rows(
            f"SELECT {rows.RUN} FROM runs WHERE fleet = ? AND plan = ? ORDER BY id DESC LIMIT 1",  # noqa: S608
            (self.fleet, plan),
        )
        return next(iter(self._built("runs", found, rows.run_of)), None)

    def actions(self, run: int) -> list[ActionEntry]:
        """The journal of one run, in the order in which its actions began."""
        found = self._rows(
            f"SELECT {rows.ENTRY} FROM actions WHERE run = ? ORDER BY started, rowid",  # noqa: S608
            (run,),
        )
        return self._built("actions", found, rows.entry_of)

    def last_outcomes(self, verbs: Collection[str] = ()) -> dict[str, ActionEntry]:
        """What became of the latest action on each address; of the latest of these verbs, if any."""
        found = self._rows(
            f"SELECT {rows.ENTRY} FROM actions"  # noqa: S608
            " WHERE run IN (SELECT id FROM runs WHERE fleet = ?) ORDER BY started, rowid",
            (self.fleet,),
        )
        entries = self._built("actions", found, rows.entry_of)
        return {entry.address: entry for entry in entries if not verbs or entry.verb in verbs}

    def interrupted(self) -> frozenset[Address]:
        """What actions were begun upon that were never seen to end: their process was killed."""
        found = self._rows(
            "SELECT DISTINCT address FROM actions WHERE finished IS NULL"
            " AND run IN (SELECT id FROM runs WHERE fleet = ?)",
            (self.fleet,),
        )
        return frozenset(self._built("actions", found, lambda row: rows.address_of(row[0])))

    def sealing_key(self) -> bytes:
        """What secrets in documents are sealed with; see `state.key`."""
        if self._key is None:
            self._key = self._own_key() or os.urandom(32)
        return self._key

    def _own_key(self) -> bytes | None:
        """None where it cannot be written: what is sealed then is new to every process."""
        try:
            return key_of(self.path, make=True)
        except OSError:
            return None

    def serial(self) -> tuple[str, int]:
        """The state's lineage, and how often it was written since it was made."""
        return self._built("meta", [self._rows("SELECT key, value FROM meta")], rows.serial_of)[0]

    def _built(
        self, table: str, found: Iterable[Sequence[Any]], build: Callable[[Sequence[Any]], T]
    ) -> list[T]:
        """The rows as frozen data; StateError for one that we did not write."""
        built = []
        for row in found:
            try:
                built.append(build(row))
            except rows.Damaged as error:
                raise StateError(
                    f"the state {self.path} is damaged (a row of {table}, {str(row[0])!r:.100}: {error});"
                    " it is only a cache: move it away, and the next apply adopts what it finds"
                ) from error
        return built

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with self._mutex, self._translated():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._mutex, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute(
                    "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'serial'"
                )
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _unusable(self.path, error) from error


def _file_at(path: Path) -> tuple[int, int] | None:
    """Which file lies there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
