"""The state in SQLite: records, their documents, and the journal of runs.

It is a cache: losing it loses nothing that adoption does not restore.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from specs.desired import Policy, PowerState, restore_policy
from specs.identity import Address
from state.errors import StateError
from state.fleets import key_of
from state.key import key_at
from state.lock import writer_lock
from state.migrations import check, migrate
from state.records import ActionEntry, Record, RecordDocuments, Run

_PREFIX = "sqlite:///"
_BATCH = 500
_RECORD = (
    "address, host, native, declared_digest, readback_digest, live_digest, version, autostart, power,"
    " fingerprint, policy, content, uuid, machine"
)


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
    is damaged, too new, or its folder cannot be written.
    """
    if "://" in url and not url.startswith(_PREFIX):
        raise StateError(f"'{url}' is no state that can be opened; allowed: sqlite:///PATH")
    path = Path(url.removeprefix(_PREFIX))
    try:
        connection = _connect(path, readonly)
        key = key_of(connection, fleet, uuid, declares, readonly=readonly)
        return Store(path, connection, key, readonly)
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error) from error
    except OSError as error:
        raise StateError(
            f"the state {path} cannot be opened: {error.strerror}; --state names another place"
        ) from error


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
    _make_folder(path.parent)
    path.touch(mode=0o600, exist_ok=True)
    connection = _open(path.resolve().as_uri())
    with suppress(sqlite3.OperationalError):  # another process is switching it right now
        connection.execute("PRAGMA journal_mode = WAL")
    # Safe when the process is killed; the last moments may be lost when the machine is: it is a cache.
    connection.execute("PRAGMA synchronous = NORMAL")
    migrate(connection)
    return connection


def _open(target: str) -> sqlite3.Connection:
    """Transactions are ours to begin and end; the store's mutex keeps its threads apart."""
    return sqlite3.connect(target, uri=True, check_same_thread=False, isolation_level=None, timeout=30)


def _unusable(path: Path, error: sqlite3.DatabaseError) -> StateError:
    if isinstance(error, sqlite3.OperationalError):  # no room, no permission, locked
        return StateError(f"the state {path} cannot be used: {error}; --state names another place")
    return StateError(
        f"the state {path} cannot be read ({error}); it is only a cache: move it away, and the next"
        " apply adopts what it finds"
    )


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        (folder / ".gitignore").write_text("*\n")


class Store:
    """An open state of one fleet; may be shared by threads. Every method raises StateError when the
    file turns out to be damaged, or cannot be written."""

    def __init__(self, path: Path, connection: sqlite3.Connection, fleet: str, readonly: bool) -> None:
        self.path, self.fleet, self.readonly = path, fleet, readonly
        self._connection = connection
        self._mutex = threading.RLock()
        self._key: bytes | None = None

    @contextmanager
    def writer(self, command: str) -> Iterator[None]:
        """The writer's lock; entering it raises Locked while another process holds it. Runs whose process
        died are closed as interrupted: nobody else can have a run open."""
        with writer_lock(self.path.with_name(self.path.name + ".lock"), command):
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
        rows = self._rows(
            f"SELECT {_RECORD} FROM records WHERE fleet = ?",  # noqa: S608
            (self.fleet,),
        )
        policies: dict[str, Policy] = {}
        found = {}
        for row in rows:
            address, host, native, declared, readback, live, version = row[:7]
            autostart, power, mark, policy, content, uuid, machine = row[7:]
            if policy not in policies:
                policies[policy] = restore_policy(json.loads(policy))
            key = Address.parse(address)
            found[key] = Record(
                address=key,
                host=host,
                native=native,
                declared_digest=declared,
                readback_digest=readback,
                version=version,
                live_digest=live,
                autostart=None if autostart is None else bool(autostart),
                power=PowerState(power) if power else None,
                fingerprint=mark,
                policy=policies[policy],
                content=content,
                uuid=uuid,
                machine=machine,
            )
        return found

    def documents(self, addresses: Iterable[Address]) -> dict[Address, RecordDocuments]:
        """The documents of these records, as far as there are any."""
        wanted = {str(address): address for address in addresses}
        names = list(wanted)
        found = {}
        for start in range(0, len(names), _BATCH):
            part = names[start : start + _BATCH]
            marks = ",".join("?" * len(part))
            rows = self._rows(
                f"SELECT address, declared, readback FROM documents WHERE fleet = ?"  # noqa: S608
                f" AND address IN ({marks})",
                (self.fleet, *part),
            )
            for address, declared, readback in rows:
                found[wanted[address]] = RecordDocuments(declared, readback)
        return found

    def put(self, record: Record, documents: RecordDocuments) -> None:
        """Writes a record, in place of an older one."""
        with self._transaction() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO records (fleet, {_RECORD})"  # noqa: S608
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

    def origins(self) -> dict[Address, str]:
        """The files in which things were declared when last a run applied them, kept until their records
        are dropped."""
        rows = self._rows("SELECT address, file FROM origins WHERE fleet = ?", (self.fleet,))
        return {Address.parse(address): file for address, file in rows}

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
            for table in ("records", "documents", "origins"):
                connection.execute(
                    f"DELETE FROM {table} WHERE fleet = ? AND address = ?",  # noqa: S608
                    (self.fleet, str(address)),
                )

    # journal

    def begin_run(self, command: str, tree: str, commit: str = "") -> int:
        """Opens a run and gives its number; to be called under the writer's lock."""
        with self._transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO runs (fleet, command, tree, commit_id, started, status, summary)"
                " VALUES (?, ?, ?, ?, ?, 'running', '')",
                (self.fleet, command, tree, commit, time.time()),
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
        rows = self._rows(
            "SELECT id, command, tree, commit_id, started, finished, status, summary FROM runs"
            " WHERE fleet = ? ORDER BY id DESC LIMIT ?",
            (self.fleet, limit),
        )
        return [Run(*row) for row in rows]

    def actions(self, run: int) -> list[ActionEntry]:
        """The journal of one run, in the order in which its actions began."""
        rows = self._rows(
            "SELECT action, address, verb, started, finished, outcome, message FROM actions"
            " WHERE run = ? ORDER BY started, rowid",
            (run,),
        )
        return [ActionEntry(*row) for row in rows]

    def last_outcomes(self, verbs: Collection[str] = ()) -> dict[str, ActionEntry]:
        """What became of the latest action on each address; of the latest of these verbs, if any."""
        rows = self._rows(
            "SELECT action, address, verb, started, finished, outcome, message FROM actions"
            " WHERE run IN (SELECT id FROM runs WHERE fleet = ?) ORDER BY started, rowid",
            (self.fleet,),
        )
        return {row[1]: ActionEntry(*row) for row in rows if not verbs or row[2] in verbs}

    def interrupted(self) -> frozenset[Address]:
        """What actions were begun upon that were never seen to end: their process was killed."""
        rows = self._rows(
            "SELECT DISTINCT address FROM actions WHERE finished IS NULL"
            " AND run IN (SELECT id FROM runs WHERE fleet = ?)",
            (self.fleet,),
        )
        return frozenset(Address.parse(row[0]) for row in rows)

    def sealing_key(self) -> bytes:
        """What secrets in documents are sealed with; see `state.key`."""
        if self._key is None:
            with suppress(OSError):
                _make_folder(self.path.parent)
            self._key = key_at(self.path.with_name(self.path.name + ".key"))
        return self._key

    def serial(self) -> tuple[str, int]:
        """The state's lineage, and how often it was written since it was made."""
        values = dict(self._rows("SELECT key, value FROM meta"))
        return values["lineage"], int(values["serial"])

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
