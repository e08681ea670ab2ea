"""What the planner is given besides the files: what is, what was done, and the answers to its questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from drivers.base import Belonging, Capabilities, Inventory, MachineType, Observation, Offer
from drivers.dialects import Dialect, dialect_of
from reconciler.compare.model import Base
from reconciler.plan.held import SnapshotsHeld
from reconciler.plan.observed import Observed
from reconciler.plan.releases import release_of
from reconciler.plan.select import Selector
from specs.desired import Declared
from specs.identity import Address, Kind
from specs.xml import is_xml
from state.decisions import Decision
from state.fills import NotedFill
from state.records import Record, RecordDocuments
from state.tickets import Begun, Ticket


@dataclass(frozen=True)
class Recorded:
    """What was done, as the state tells it: all records of the fleet, the fills of volumes that were begun
    and not seen to end, the files in which things were last declared, and what was acted upon by a process
    that was killed, what people decided, and the tickets of the roll-out that is under way."""

    records: Mapping[Address, Record] = field(default_factory=dict)
    fills: Mapping[Address, NotedFill] = field(default_factory=dict)
    origins: Mapping[Address, str] = field(default_factory=dict)
    begun: frozenset[Address] = frozenset()
    decisions: tuple[Decision, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    groups: Mapping[str, Begun] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """What the planner asked for and what came of it, as far as it could be told.

    `capabilities` are at least those of the hosts that have something unconverged, `documents` those of the
    records that are compared. `secrets_changed` names the secrets whose value is not the one that was last
    set, `contents` are the identities of declared volumes' sources. `cpu_problems` says of a domain and a
    host that it might move to why its CPU is not to be had there, `offers` what hosts can give domains of
    machine types; `unplaced` why no host could be chosen
    for a domain. `compared` are the addresses that are not plainly converged; None when nobody asked. `lost`
    is what would go with the definition of a domain on a host, `jobs` what is being done with its disks,
    `snapshots` those that it has.
    """

    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)
    documents: Mapping[Address, RecordDocuments] = field(default_factory=dict)
    secrets_changed: frozenset[Address] = frozenset()
    contents: Mapping[Address, str] = field(default_factory=dict)
    cpu_problems: Mapping[tuple[Address, str], str] = field(default_factory=dict)
    offers: Mapping[tuple[str, MachineType], Offer] = field(default_factory=dict)
    unplaced: Mapping[Address, str] = field(default_factory=dict)
    compared: frozenset[Address] | None = None
    lost: Mapping[tuple[str, str], Mapping[Belonging, str]] = field(default_factory=dict)
    jobs: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    snapshots: Mapping[tuple[str, str], SnapshotsHeld] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """The three together; each part is made once, by one who knows, and the planner only reads."""

    observed: Observed
    recorded: Recorded = Recorded()
    answers: Answers = Answers()

    @cached_property
    def inventories(self) -> Mapping[str, Inventory]:
        """What is on the hosts that answered."""
        return self.observed.inventories

    @property
    def unreachable(self) -> Mapping[str, str]:
        """What is wrong with the other hosts."""
        return self.observed.unreachable

    @property
    def now(self) -> float:
        """When the hosts were looked at, in seconds since the epoch."""
        return self.observed.now

    @cached_property
    def records(self) -> Mapping[Address, Record]:
        """What was last applied."""
        return self.recorded.records

    def observation(self, host: str, kind: Kind, native: str) -> Observation | None:
        """An object as it is on a host; None where it is not, or where nobody could look."""
        return self.observed.observation(host, kind, native)

    def of(self, declared: Declared) -> Observation | None:
        """What was observed of a declared resource on its own host."""
        return self.observed.of(declared)

    def hosts_of(self, domain: str) -> tuple[str, ...]:
        """The hosts that hold a domain of that name, whoever's it is, readable or not."""
        return self.observed.hosts_of(domain)

    def failure(self, host: str, kind: Kind, native: str) -> str:
        """Why an object that may exist could not be read; '' when it could."""
        return self.observed.failure(host, kind, native)

    def unreadable(self, host: str, kind: Kind, native: str) -> str:
        """Why an object that is there cannot be read; '' when it can, or there is none."""
        return self.observed.unreadable(host, kind, native)

    def markers(self, host: str, volume: str) -> tuple[str, ...]:
        """The nonces of the markers that stand beside a volume, whoever made them."""
        return self.observed.markers(host, volume)

    def base(self, address: Address) -> Base | None:
        """The record's side of the comparison; a damaged one is none."""
        record, documents = self.records.get(address), self.answers.documents.get(address)
        if not record or not documents or not (is_xml(documents.declared) and is_xml(documents.readback)):
            return None
        inventory = self.inventories.get(record.host)
        same = inventory is not None and release_of(inventory.version) == release_of(record.version)
        return Base(documents.declared, documents.readback, same)

    def dialect(self, host: str) -> Dialect:
        """The dialect of a host; the usual one where nothing is known of it."""
        return dialect_of(self.answers.capabilities.get(host))


@dataclass(frozen=True, slots=True)
class Regional:
    """What a plan over a part of the tree cannot tell by itself: the `hosts` whose undeclared things it is
    about, the hosts that were chosen for domains (`homes`; all others stay where they are), the machines that
    other hosts are (`machines`: names to `Inventory.identity`), and why nothing that the tree lacks may be
    removed (`shrunk`; '' when it may)."""

    hosts: frozenset[str]
    homes: Mapping[Address, str] = field(default_factory=dict)
    machines: Mapping[str, str] = field(default_factory=dict)
    shrunk: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for: None leaves it to the fleet's own policy."""

    prune: bool | None = None
    max_deletions: int | None = None
    only: tuple[Selector, ...] = ()
    destroy: bool = False
    commit: str = ""
    accepted: tuple[str, ...] = ()
    """Hosts that may be other machines than before."""
    allow_shrink: bool = False
    release: bool = False
    """Whether what is selected is given back, and nothing else done."""

    regional: Regional | None = None
    """Where the plan is about a part of the tree."""
