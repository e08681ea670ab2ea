"""Who uses a volume, a pool, a network, a secret or a filter: found in documents, whoever declared them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from drivers.base import Inventory, Observation
from reconciler.plan.readable import why_unreadable
from specs.desired import ON
from specs.documents.references import Reference, references
from specs.identity import Address, Kind
from specs.xml import parse

Inventories = Mapping[str, Inventory]

_USING = {
    Kind.VOLUME: (Kind.DOMAIN,),
    Kind.STORAGE_POOL: (Kind.DOMAIN,),
    Kind.NETWORK: (Kind.DOMAIN,),
    Kind.NETWORK_FILTER: (Kind.DOMAIN, Kind.NETWORK_FILTER),
    Kind.SECRET: (Kind.DOMAIN, Kind.STORAGE_POOL, Kind.VOLUME),
}
"""The kinds whose documents may refer to one of a kind."""


@dataclass(frozen=True, slots=True)
class User:
    """An object of a host that uses another."""

    host: str
    found: Observation

    @property
    def name(self) -> str:
        return self.found.name

    @property
    def runs(self) -> bool:
        """Whether it runs, or may."""
        return self.found.kind is Kind.DOMAIN and self.found.power in (*ON, None)

    @property
    def unreadable(self) -> bool:
        """Nobody can tell what it uses."""
        return bool(why_unreadable(self.found))

    def __str__(self) -> str:
        return f"{self.found.kind}/{self.name} on {self.host}"


@dataclass(frozen=True, slots=True)
class Used:
    """How documents may name an object: by its name, its UUID, where it lies, the bridge that it has."""

    kind: Kind
    native: str
    uuid: str = ""
    path: str = ""
    bridge: str = ""

    @classmethod
    def of(cls, kind: Kind, native: str, seen: Observation | None) -> Used:
        if seen is None or why_unreadable(seen):
            return cls(kind, native)
        path, bridge = "", ""
        if kind in (Kind.VOLUME, Kind.STORAGE_POOL):
            path = (parse(seen.document).findtext("target/path") or "").strip().rstrip("/")
        elif kind is Kind.NETWORK:
            found = parse(seen.live or seen.document).find("bridge")
            bridge = found.get("name", "") if found is not None else ""
        return cls(kind, native, seen.uuid, path, bridge)

    def is_used_in(self, document: str) -> bool:
        """Whether a document refers to it; only one that holds one of its names is parsed."""
        if self.path and self._lies_in(document):
            return True
        words = filter(None, (self.native.rpartition("/")[2].rpartition(":")[2], self.uuid, self.bridge))
        if not any(word in document or escape(word) in document for word in words):
            return False
        root = parse(document)
        if self.bridge and any(
            source.get("bridge") == self.bridge for source in root.iterfind("devices/interface/source")
        ):
            return True
        return any(map(self._is_named_by, references(root)))

    def _lies_in(self, document: str) -> bool:
        """Its path stands as a whole value; that of a pool as the beginning of one."""
        behind = "/" if self.kind is Kind.STORAGE_POOL else "[<'\"]"
        if self.path not in document and escape(self.path) not in document:
            return False
        places = {
            re.escape(self.path),
            re.escape(escape(self.path)),
            re.escape(escape(self.path, quote=False)),
        }
        return re.search(rf"[>'\"]({'|'.join(places)}){behind}", document) is not None

    def _is_named_by(self, reference: Reference) -> bool:
        if reference.kind is not self.kind:
            return False
        if self.kind is Kind.VOLUME:
            return f"{reference.pool}/{reference.name}" == self.native
        return reference.name in (self.native, self.uuid)


def users_of(address: Address, native: str, host: str, inventories: Inventories) -> Iterator[User]:
    """The objects whose definition or live document refers to one, and those that cannot be read, for they
    may; on every host, if it is shared."""
    seen = inventories[host].objects.get((address.kind, native)) if host in inventories else None
    used = Used.of(address.kind, native, seen)
    for where in (host,) if address.host else tuple(inventories):
        if where not in inventories:
            continue
        for (kind, name), found in inventories[where].objects.items():
            if kind not in _USING.get(address.kind, ()) or (kind is address.kind and name == native):
                continue
            if why_unreadable(found) or any(map(used.is_used_in, filter(None, (found.document, found.live)))):
                yield User(where, found)
        for kind, name in _failed(inventories[where]):
            if kind in _USING.get(address.kind, ()) and (kind, name) != (address.kind, native):
                yield User(where, Observation(kind, name, ""))


def _failed(inventory: Inventory) -> Iterator[tuple[Kind, str]]:
    """The objects that are there and could not be read; a pool that is not active tells of none."""
    return (key for key in inventory.failures if not key[1].endswith("/*"))


def overlays(address: Address, native: str, host: str, inventories: Inventories) -> Iterator[str]:
    """The volumes that lie upon a volume, and those that cannot be read, for they may."""
    seen = inventories[host].objects.get((Kind.VOLUME, native)) if host in inventories else None
    place = path_of(seen)
    for where in (host,) if address.host else tuple(inventories):
        if where not in inventories:
            continue
        yield from (name for kind, name in _failed(inventories[where]) if kind is Kind.VOLUME)
        for (kind, name), found in inventories[where].objects.items():
            if kind is Kind.VOLUME and name != native and why_unreadable(found):
                yield name
            elif kind is Kind.VOLUME and place and "<backingStore" in found.document and name != native:
                backing = parse(found.document).findtext("backingStore/path")
                if backing and backing.strip() == place:
                    yield name


def path_of(volume: Observation | None) -> str:
    """Where a volume lies on its host; '' when that is not known."""
    if volume is None or why_unreadable(volume):
        return ""
    return (parse(volume.document).findtext("target/path") or "").strip()
