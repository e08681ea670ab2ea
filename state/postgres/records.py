"""Records, their documents and origins, in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache

from specs.desired import Policy
from specs.identity import Address
from state import rows
from state.postgres.database import Connection, PostgresPart
from state.records import Record, RecordDocuments, Stamped

_PUT = f"""
INSERT INTO virt_reconcile.records (fleet, {rows.RECORD})
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (fleet, address) DO UPDATE SET host = excluded.host, native = excluded.native,
    declared_digest = excluded.declared_digest, readback_digest = excluded.readback_digest,
    live_digest = excluded.live_digest, version = excluded.version, autostart = excluded.autostart,
    power = excluded.power, fingerprint = excluded.fingerprint, policy = excluded.policy,
    content = excluded.content, uuid = excluded.uuid, machine = excluded.machine, stamp = excluded.stamp
"""  # noqa: S608
_PUT_DOCUMENTS = """
INSERT INTO virt_reconcile.documents VALUES (%s, %s, %s, %s)
ON CONFLICT (fleet, address) DO UPDATE SET declared = excluded.declared, readback = excluded.readback
"""
_PUT_ORIGIN = """
INSERT INTO virt_reconcile.origins VALUES (%s, %s, %s)
ON CONFLICT (fleet, address) DO UPDATE SET file = excluded.file
"""
_IS_WHOLE = ("fills", "unended")
_RECORD_GOES = ("records", "documents", "origins", *_IS_WHOLE)


class PostgresRecords(PostgresPart):
    """As `state.records.Records`."""

    def records(
        self, hosts: Collection[str] | None = None, also: Collection[Address] = ()
    ) -> dict[Address, Record]:
        """The records, without their documents: all, or those on these hosts and of these addresses."""
        query = f"SELECT {rows.RECORD} FROM virt_reconcile.records"  # noqa: S608
        records = self.rows_of(query, "host", hosts)
        if hosts is not None:
            records += self.rows_of(query, "address", also)
        policies: dict[str, Policy] = {}
        found = self.database.built("records", records, lambda row: rows.record_of(row, policies))
        return {record.address: record for record in found}

    def documents(self, addresses: Iterable[Address]) -> dict[Address, RecordDocuments]:
        """The documents of these records, as far as there are any."""
        wanted = {str(address): address for address in addresses}
        query = "SELECT address, declared, readback FROM virt_reconcile.documents"
        found = self.rows_of(query, "address", wanted)
        documents = self.database.built("documents", found, lambda row: rows.documents_of(row[1:]))
        return dict(zip((wanted[row[0]] for row in found), documents, strict=True))

    def stamped(self, hosts: Collection[str]) -> dict[Address, Stamped]:
        """What was read back with a stamp on these hosts."""
        query = (
            f"SELECT {rows.STAMPED} FROM virt_reconcile.records AS records"  # noqa: S608
            " JOIN virt_reconcile.documents AS documents USING (fleet, address)"
        )
        found = self.rows_of(query, "stamp <> '' AND host", hosts)
        return dict(self.database.built("records", found, rows.stamped_of))

    def put(self, record: Record, documents: RecordDocuments) -> None:
        """Writes a record, in place of an older one."""
        key = (self.fleet, str(record.address))
        values = (
            *key,
            record.host,
            record.native,
            record.declared_digest,
            record.readback_digest,
            record.live_digest,
            record.version,
            None if record.autostart is None else int(record.autostart),
            record.power,
            record.fingerprint,
            _as_json(record.policy),
            record.content,
            record.uuid,
            record.machine,
            record.stamp,
        )

        def put(connection: Connection) -> None:
            connection.execute(_PUT, values)
            connection.execute(_PUT_DOCUMENTS, (*key, documents.declared, documents.readback))
            _delete(connection, _IS_WHOLE, key)

        self.transact(put)

    def note_versions(self, versions: Mapping[Address, str]) -> None:
        """Remembers that these records stand under another version of the hypervisor."""
        self._note_column("version", versions)

    def note_stamps(self, stamps: Mapping[Address, str]) -> None:
        """Remembers that what was read back of these has another stamp now."""
        self._note_column("stamp", stamps)

    def forget(self, address: Address) -> None:
        """Drops a record and all that goes with it."""
        self.transact(lambda connection: _delete(connection, _RECORD_GOES, (self.fleet, str(address))))

    def origins(self, addresses: Collection[Address] | None = None) -> dict[Address, str]:
        """The files in which things were declared when last a run applied them."""
        found = self.rows_of("SELECT address, file FROM virt_reconcile.origins", "address", addresses)
        return dict(self.database.built("origins", found, rows.origin_of))

    def note_origins(self, files: Mapping[Address, str]) -> None:
        """Remembers in which files things are declared."""
        known = self.origins(files)
        news = sorted((self.fleet, str(a), file) for a, file in files.items() if known.get(a) != file)
        if news:
            self.transact(lambda connection: connection.cursor().executemany(_PUT_ORIGIN, news))

    def _note_column(self, column: str, values: Mapping[Address, str]) -> None:
        if values:
            self.transact(
                lambda connection: connection.execute(
                    f"UPDATE virt_reconcile.records AS record SET {column} = new.value"  # noqa: S608
                    " FROM unnest(%s::text[], %s::text[]) AS new (address, value)"
                    " WHERE record.fleet = %s AND record.address = new.address",
                    (list(map(str, values)), list(values.values()), self.fleet),
                )
            )


def _delete(connection: Connection, tables: Iterable[str], key: tuple[str, str]) -> None:
    for table in tables:
        connection.execute(
            f"DELETE FROM virt_reconcile.{table} WHERE fleet = %s AND address = %s",  # noqa: S608
            key,
        )


@lru_cache
def _as_json(policy: Policy) -> str:
    """A few policies are those of thousands of resources."""
    return json.dumps(asdict(policy))
