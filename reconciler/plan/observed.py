"""What is: one look at all hosts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from drivers.base import EVERYTHING, Inventory, Observation
from reconciler.plan.readable import why_unreadable
from specs.desired import Declared
from specs.identity import Kind
from specs.markers import read_marker, stem_of


@dataclass(frozen=True)
class Observed:
    """The hosts that answered, what the others said, and when: `now` is seconds since the epoch."""

    inventories: Mapping[str, Inventory] = field(default_factory=dict)
    unreachable: Mapping[str, str] = field(default_factory=dict)
    now: float = 0.0

    def without(self, failed: Mapping[str, str]) -> Observed:
        """The same when these hosts count as not reached, and why."""
        if not failed:
            return self
        reached = {host: seen for host, seen in self.inventories.items() if host not in failed}
        return Observed(reached, {**self.unreachable, **failed}, self.now)

    def observation(self, host: str, kind: Kind, native: str) -> Observation | None:
        """An object as it is on a host; None where it is not, or where nobody could look."""
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
        names = (native, f"{pool}/{EVERYTHING}", EVERYTHING)
        return next((failures[kind, name] for name in names if (kind, name) in failures), "")

    def unreadable(self, host: str, kind: Kind, native: str) -> str:
        """Why an object that is there cannot be read; '' when it can, or there is none."""
        inventory = self.inventories.get(host)
        if inventory is None:
            return ""
        seen = inventory.objects.get((kind, native))
        if seen is None:
            return inventory.failures.get((kind, native), "") or inventory.failures.get(
                (kind, EVERYTHING), ""
            )
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
