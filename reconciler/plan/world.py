"""What the planner is given besides the files: what is, what was done, what was asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from drivers.base import Capabilities, Inventory, Observation
from drivers.dialects import Dialect, dialect_of
from reconciler.compare.model import Base
from reconciler.plan.readable import why_unreadable
from reconciler.plan.select import Selector
from specs.desired import Declared
from specs.identity import Address, Kind
from specs.markers import read_marker, stem_of
from specs.xml import is_xml
from state.fills import Fill
from state.records import Record, RecordDocuments

EVERYTHING_IN = "*"


@dataclass(frozen=True)
class World:
    """One look at all hosts and at the state; `now` is seconds since the epoch.

    `records` holds every record of the fleet, `documents` those of the unconverged ones;
    `capabilities` at least those of the hosts that have something unconverged. `secrets_changed` names
    the secrets whose value is not the one that was last set. `contents` are the identities of declared
    volumes' sources, as far as they could be told. `cpu_problems` says of a domain and a host that it
    might move to why its CPU is not to be had there; `unplaced` why no host could be chosen for a domain.
    `begun` names what was acted upon by a process that was killed, as far as that matters (when domains
    move). `fills` are the fills of volumes that were begun and not seen to end, `origins` the files in which
    things were last declared.
    """

    inventories: Mapping[str, Inventory]
    unreachable: Mapping[str, str]
    records: Mapping[Address, Record]
    now: float
    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)
    documents: Mapping[Address, RecordDocuments] = field(default_factory=dict)
    secrets_changed: frozenset[Address] = frozenset()
    contents: Mapping[Address, str] = field(default_factory=dict)
    cpu_problems: Mapping[tuple[Address, str], str] = field(default_factory=dict)
    unplaced: Mapping[Address, str] = field(default_factory=dict)
    begun: frozenset[Address] = frozenset()
    fills: Mapping[Address, Fill] = field(default_factory=dict)
    origins: Mapping[Address, str] = field(default_factory=dict)

    def observation(self, host: str, kind: Kind, native: str) -> Observation | None:
        inventory = self.inventories.get(host)
        return inventory.objects.get((kind, native)) if inventory else None

    @cached_property
    def _places(self) -> Mapping[str, tuple[str, ...]]:
        places: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        for host, inventory in self.inventories.items():
            for kind, native in (*inventory.objects, *inventory.failures):
                if kind is Kind.DOMAIN and host not in places[native]:
                    places[native] += (host,)
        return places

    def hosts_of(self, domain: str) -> tuple[str, ...]:
        """The hosts that hold a domain of that name, whoever's it is, readable or not."""
        return self._places.get(domain, ())

    def of(self, declared: Declared) -> Observation | None:
        """What was observed of a declared resource on its own host."""
        return self.observation(declared.host, declared.address.kind, declared.native)

    def failure(self, host: str, kind: Kind, native: str) -> str:
        """Why an object that may exist could not be read; '' when it could."""
        failures = self.inventories[host].failures
        pool = native.partition("/")[0]
        return failures.get((kind, native)) or failures.get((kind, f"{pool}/{EVERYTHING_IN}"), "")

    def unreadable(self, host: str, kind: Kind, native: str) -> str:
        """Why an object that is there cannot be read; '' when it can, or there is none."""
        inventory = self.inventories.get(host)
        if inventory is None:
            return ""
        seen = inventory.objects.get((kind, native))
        if seen is None:
            return inventory.failures.get((kind, native), "")
        return why_unreadable(seen)

    @cached_property
    def _markers(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        found: defaultdict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
        for host, inventory in self.inventories.items():
            for kind, native in (*inventory.objects, *inventory.failures):
                marker = read_marker(native) if kind is Kind.VOLUME else None
                if marker:
                    found[host, marker[0]] += (marker[1],)
        return found

    def markers(self, host: str, volume: str) -> tuple[str, ...]:
        """The nonces of the markers that stand beside a volume, whoever made them."""
        return self._markers.get((host, stem_of(volume)), ())

    def base(self, address: Address) -> Base | None:
        """The record's side of the comparison; a damaged one is none."""
        record, documents = self.records.get(address), self.documents.get(address)
        if not record or not documents or not (is_xml(documents.declared) and is_xml(documents.readback)):
            return None
        inventory = self.inventories.get(record.host)
        same = inventory is not None and inventory.version == record.version
        return Base(documents.declared, documents.readback, same)

    def dialect(self, host: str) -> Dialect:
        """The dialect of a host; the usual one where nothing is known of it."""
        return dialect_of(self.capabilities.get(host))


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
