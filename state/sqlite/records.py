"""Records, their documents and origins, in SQLite."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache

from specs.desired import Policy
from specs.identity import Address
from state import rows
from state.records import Record, RecordDocuments, Stamped
from state.sqlite.database import Part

_RECORD_GOES = tuple(
    f"DELETE FROM {table} WHERE fleet = ? AND address = ?"  # noqa: S608
    for table in ("records", "documents", "fills", "origins", "unended")
)
_IS_WHOLE = tuple(
    f"DELETE FROM {table} WHERE fleet = ? AND address = ?"  # noqa: S608
    for table in ("fills", "unended")
)


class SqliteRecords(Part):
    """As `state.records.Records`."""

    def records(
        self, hosts: Collection[str] | None = None, also: Collection[Address] = ()
    ) -> dict[Address, Record]:
        """The records, without their documents: all, or those on these hosts and of these addresses."""
        query = f"SELECT {rows.RECORD} FROM records"  # noqa: S608
        records = self.rows_of(query, "host", hosts)
        if hosts is not None:
            records += self.rows_of(query, "address", also)
        policies: dict[str, Policy] = {}
        found = self.database.built("records", records, lambda row: rows.record_of(row, policies))
        return {record.address: record for record in found}

    def documents(self, addresses: Iterable[Address]) -> dict[Address, RecordDocuments]:
        """The documents of these records, as far as there are any."""
        wanted = {str(address): address for address in addresses}
        found = self.rows_of("SELECT address, declared, readback FROM documents", "address", wanted)
        documents = self.database.built("documents", found, lambda row: rows.documents_of(row[1:]))
        return dict(zip((wanted[row[0]] for row in found), documents, strict=True))

    def stamped(self, hosts: Collection[str]) -> dict[Address, Stamped]:
        """What was read back with a stamp on these hosts."""
        query = f"SELECT {rows.STAMPED} FROM records JOIN documents USING (fleet, address)"  # noqa: S608
        found = self.rows_of(query, "stamp <> '' AND host", hosts)
        return dict(self.database.built("records", found, rows.stamped_of))

    def put(self, record: Record, documents: RecordDocuments) -> None:
        """Writes a record, in place of an older one."""
        key = (self.fleet, str(record.address))
        with self.database.transaction() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO records (fleet, {rows.RECORD})"  # noqa: S608
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *key,
                    record.host,
                    record.native,
                    record.declared_digest,
                    record.readback_digest,
                    record.live_digest,
                    record.version,
                    record.autostart,
                    record.power,
                    record.fingerprint,
                    _as_json(record.policy),
                    record.content,
                    record.uuid,
                    record.machine,
                    record.stamp,
                ),
            )
            connection.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                (*key, documents.declared, documents.readback),
            )
            for statement in _IS_WHOLE:
                connection.execute(statement, key)

    def note_versions(self, versions: Mapping[Address, str]) -> None:
        """Remembers that these records stand under another version of the hypervisor."""
        self._note_column("UPDATE records SET version = ? WHERE fleet = ? AND address = ?", versions)

    def note_stamps(self, stamps: Mapping[Address, str]) -> None:
        """Remembers that what was read back of these has another stamp now."""
        self._note_column("UPDATE records SET stamp = ? WHERE fleet = ? AND address = ?", stamps)

    def forget(self, address: Address) -> None:
        """Drops a record and all that goes with it."""
        with self.database.transaction() as connection:
            for statement in _RECORD_GOES:
                connection.execute(statement, (self.fleet, str(address)))

    def origins(self, addresses: Collection[Address] | None = None) -> dict[Address, str]:
        """The files in which things were declared when last a run applied them."""
        found = self.rows_of("SELECT address, file FROM origins", "address", addresses)
        return dict(self.database.built("origins", found, rows.origin_of))

    def note_origins(self, files: Mapping[Address, str]) -> None:
        """Remembers in which files things are declared."""
        known = self.origins(files)
        news = [(self.fleet, str(a), file) for a, file in files.items() if known.get(a) != file]
        if news:
            with self.database.transaction() as connection:
                connection.executemany("INSERT OR REPLACE INTO origins VALUES (?, ?, ?)", news)

    def _note_column(self, statement: str, values: Mapping[Address, str]) -> None:
        if values:
            with self.database.transaction() as connection:
                connection.executemany(
                    statement, [(value, self.fleet, str(address)) for address, value in values.items()]
                )


@lru_cache
def _as_json(policy: Policy) -> str:
    """A few policies are those of thousands of resources."""
    return json.dumps(asdict(policy))
