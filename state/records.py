"""Records: what we last applied for each resource, as data and as a protocol."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from specs.desired import Policy, PowerState
from specs.identity import Address


@dataclass(frozen=True, slots=True)
class Record:
    """The small part of what we last applied for a resource: enough to say 'converged' unparsed.

    `declared_digest` is `Declared.digest` ('' of a volume that was made for what comes from another host,
    until that has arrived); `readback_digest` the digest of the persistent document that the hypervisor
    gave right after; `live_digest` that of the last live document found equal to
    it ('' when none was). `version` is `Inventory.version` at that time. `autostart` and `power` are
    what was read back; no power is recorded before all actions on the resource are done. `fingerprint`
    is a salted slow hash of a secret's value, '' for other kinds. `policy` is what the last declaration
    allowed: it still holds when the declaration is gone (protect, onDelete). `content` is the identity of
    what a volume was filled with (specs.content.Source.identity), '' when that is not known. `uuid` is the
    object's own ('' for volumes, which have none), `machine` the identity of the host that it was on
    (`Inventory.identity`): the same name elsewhere, or another object of that name, is not what we recorded.
    `stamp` is the hypervisor's own for the document that was read back, '' where it has none.
    """

    address: Address
    host: str
    native: str
    declared_digest: str
    readback_digest: str
    version: str
    live_digest: str = ""
    autostart: bool | None = None
    power: PowerState | None = None
    fingerprint: str = ""
    policy: Policy = Policy()
    content: str = ""
    uuid: str = ""
    machine: str = ""
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class RecordDocuments:
    """The large part of a record, read only for what is not converged."""

    declared: str
    readback: str


@dataclass(frozen=True, slots=True)
class Stamped:
    """What was read back of an object on a host, and the stamp that it had: as long as it has that one, it
    need not be read again."""

    host: str
    native: str
    stamp: str
    readback: str


class Records(Protocol):
    """The records of one fleet. Every method raises StateError when the state cannot be used."""

    def records(
        self, hosts: Collection[str] | None = None, also: Collection[Address] = ()
    ) -> Mapping[Address, Record]:
        """The records, without their documents: all, or those on these hosts and of these addresses."""

    def documents(self, addresses: Iterable[Address]) -> Mapping[Address, RecordDocuments]:
        """The documents of these records, as far as there are any."""

    def stamped(self, hosts: Collection[str]) -> Mapping[Address, Stamped]:
        """What was read back with a stamp on these hosts."""

    def put(self, record: Record, documents: RecordDocuments) -> None:
        """Writes a record, in place of an older one, whole or not at all.

        What is recorded is whole: no fill of it is under way any more, and nothing that was interrupted
        upon it matters.
        """

    def note_versions(self, versions: Mapping[Address, str]) -> None:
        """Remembers that these records stand under another version of the hypervisor; of what has no record,
        nothing is."""

    def note_stamps(self, stamps: Mapping[Address, str]) -> None:
        """Remembers that what was read back of these has another stamp now; of what has no record, nothing
        is."""

    def forget(self, address: Address) -> None:
        """Drops a record and all that goes with it: its documents, origin and fill, and that something was
        interrupted upon it. No error when there is none."""

    def origins(self, addresses: Collection[Address] | None = None) -> Mapping[Address, str]:
        """The files in which things, all or these, were declared when last a run applied them, kept until
        their records are dropped."""

    def note_origins(self, files: Mapping[Address, str]) -> None:
        """Remembers in which files things are declared; nothing is written where nothing is new."""
