"""What the file of a simulated hypervisor holds of one host, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from specs.identity import Kind

_FIELDS = "kind, name, uuid, document, live, power, autostart, value, place"


@dataclass(frozen=True, slots=True)
class StoredObject:
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
class HostRows:
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

    def entry(self, kind: Kind, name: str) -> StoredObject | None:
        """The object of that kind and name."""
        return self._one("name", kind, name)

    def entry_by_uuid(self, kind: Kind, uuid: str) -> StoredObject | None:
        """The object of that kind and UUID."""
        return self._one("uuid", kind, uuid)

    def _one(self, column: str, kind: Kind, key: str) -> StoredObject | None:
        query = f"SELECT {_FIELDS} FROM objects WHERE host = ? AND kind = ? AND {column} = ?"  # noqa: S608
        row = self.connection.execute(query, (self.name, kind, key)).fetchone()
        return StoredObject(Kind(row[0]), *row[1:]) if row else None

    def entries(self, kind: Kind | None = None) -> Iterator[StoredObject]:
        """All objects, or those of a kind."""
        query = f"SELECT {_FIELDS} FROM objects WHERE host = ? AND (? IS NULL OR kind = ?)"  # noqa: S608
        for row in self.connection.execute(query, (self.name, kind, kind)):
            yield StoredObject(Kind(row[0]), *row[1:])

    def save(self, entry: StoredObject) -> None:
        """Writes an object, new or known."""
        row = (
            entry.kind, entry.name, entry.uuid, entry.document, entry.live, entry.power,
            entry.autostart, entry.value, entry.place,
        )  # fmt: skip
        query = f"INSERT OR REPLACE INTO objects (host, {_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        self.connection.execute(query, (self.name, *row))

    def remove(self, kind: Kind, name: str) -> None:
        """Forgets an object."""
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
        """A volume's document."""
        row = self.connection.execute(
            "SELECT document FROM volumes WHERE host = ? AND place = ? AND name = ?",
            (self.owner(place), place, name),
        ).fetchone()
        return str(row[0]) if row else None

    def hosts(self) -> list[str]:
        """The hosts of the file that something is known of."""
        query = "SELECT DISTINCT host FROM objects ORDER BY host"
        return [row[0] for row in self.connection.execute(query)]

    def active_volumes(self) -> Iterator[tuple[str, str]]:
        """('pool/volume', document) of every active pool."""
        yield from self.connection.execute(
            "SELECT o.name || '/' || v.name, v.document FROM objects o JOIN volumes v"
            " ON v.host IN (o.host, '') AND v.place = o.place"
            " WHERE o.host = ? AND o.kind = ? AND o.power = 'active'",
            (self.name, Kind.STORAGE_POOL),
        )

    def save_volume(self, place: str, name: str, document: str) -> None:
        """Writes a volume, new or known."""
        self.connection.execute(
            "INSERT OR REPLACE INTO volumes VALUES (?, ?, ?, ?)", (self.owner(place), place, name, document)
        )

    def remove_volume(self, place: str, name: str) -> None:
        """Forgets a volume and its content."""
        self.connection.execute(
            "DELETE FROM volumes WHERE host = ? AND place = ? AND name = ?", (self.owner(place), place, name)
        )
        self.drop_content(place, name)

    def remove_volumes(self, place: str) -> None:
        """Forgets all volumes of a place."""
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
        """Adds a piece of a volume's content; None is a hole."""
        row = (self.owner(place), place, name, number, length, data)
        self.connection.execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?, ?, ?)", row)

    def drop_content(self, place: str, name: str) -> None:
        """Forgets a volume's content."""
        self.connection.execute(
            "DELETE FROM contents WHERE host = ? AND place = ? AND name = ?",
            (self.owner(place), place, name),
        )

    def pool_at(self, place: str) -> StoredObject | None:
        """The pool whose volumes lie at a place."""
        query = f"SELECT {_FIELDS} FROM objects WHERE host = ? AND kind = ? AND place = ?"  # noqa: S608
        row = self.connection.execute(query, (self.name, Kind.STORAGE_POOL, place)).fetchone()
        return StoredObject(Kind(row[0]), *row[1:]) if row else None

    def place_exists(self, path: str) -> bool:
        """Whether there is such a folder or device."""
        query = "SELECT 1 FROM places WHERE host = ? AND path = ?"
        return self.connection.execute(query, (self.name, path)).fetchone() is not None

    def make_place(self, path: str) -> None:
        """Makes a place."""
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
