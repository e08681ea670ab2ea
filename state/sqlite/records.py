"""Records, their documents and origins, in SQLite."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache

from specs.desired import Policy
from specs.identity import Address
from state import rows
from state.records import Record, RecordDocuments
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

    def put(self, record: Record, documents: RecordDocuments) -> None:
        """Writes a record, in place of an older one."""
        key = (self.fleet, str(record.address))
        with self.database.transaction() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO records (fleet, {rows.RECORD})"  # noqa: S608
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        if versions:
            with self.database.transaction() as connection:
                connection.executemany(
                    "UPDATE records SET version = ? WHERE fleet = ? AND address = ?",
                    [(version, self.fleet, str(address)) for address, version in versions.items()],
                )

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


@lru_cache
def _as_json(policy: Policy) -> str:
    """A few policies are those of thousands of resources."""
    return json.dumps(asdict(policy))
