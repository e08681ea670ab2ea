"""Who uses a volume, a pool, a network, a secret or a filter: found in documents, whoever declared them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from drivers.base import EVERYTHING, Inventory, Observation
from reconciler.plan.readable import why_unreadable
from reconciler.plan.used import Used
from specs.desired import ON
from specs.documents.volume_facts import backing_path, target_path
from specs.identity import FACTS, Address, Kind

Inventories = Mapping[str, Inventory]


@dataclass(frozen=True, slots=True)
class User:
    """An object of a host that uses another."""

    host: str
    found: Observation

    @property
    def name(self) -> str:
        """The hypervisor's name for it."""
        return self.found.name

    @property
    def runs(self) -> bool:
        """Whether it runs, or may, or goes on as it was saved."""
        found = self.found
        return found.kind is Kind.DOMAIN and (found.power in (*ON, None) or found.saved is not None)

    @property
    def unreadable(self) -> bool:
        """Nobody can tell what it uses."""
        return bool(why_unreadable(self.found))

    def __str__(self) -> str:
        return f"{self.found.kind}/{self.name} on {self.host}"


@dataclass(frozen=True, slots=True)
class VolumeUsers:
    """In words: `running` are guests that use a volume or what lies upon it, `all` everybody."""

    running: tuple[str, ...] = ()
    all: tuple[str, ...] = ()


def users_of(address: Address, native: str, host: str, inventories: Inventories) -> Iterator[User]:
    """The objects whose definition or live document refers to one, and those that cannot be read, for they
    may; on every host, if it is shared."""
    seen = inventories[host].objects.get((address.kind, native)) if host in inventories else None
    used = Used.of(address.kind, native, seen)
    using, itself = FACTS[address.kind].used_by, (address.kind, native)
    for where, inventory in _holders(address, host, inventories):
        for key, found in inventory.objects.items():
            if key[0] in using and key != itself and used.is_used_by(found):
                yield User(where, found)
        for key in _failed(inventory):
            if key[0] in using and key != itself:
                yield User(where, Observation(*key, ""))


def overlays(address: Address, native: str, host: str, inventories: Inventories) -> Iterator[str]:
    """The volumes that lie upon a volume, and those that cannot be read, for they may."""
    seen = inventories[host].objects.get((Kind.VOLUME, native)) if host in inventories else None
    place = target_path(seen.document) if seen is not None and not why_unreadable(seen) else ""
    for _, inventory in _holders(address, host, inventories):
        yield from (name for kind, name in _failed(inventory) if kind is Kind.VOLUME)
        for name, found in inventory.of_kind(Kind.VOLUME):
            if name == native:
                continue
            if why_unreadable(found) or (place and backing_path(found.document) == place):
                yield name


def volume_users(address: Address, native: str, host: str, inventories: Inventories) -> VolumeUsers:
    """Who would notice if a volume's bytes were others: those who use it by any of its names, and those
    whose disks lie upon it; on every host that was looked at, if it is shared."""
    running: list[str] = []
    every: list[str] = []
    for where, inventory in _holders(address, host, inventories):
        own, upon = _same_and_upon(native, inventory)
        every.extend(f"the volume {name} that lies upon it" for name in upon)
        for _, found in inventory.of_kind(Kind.DOMAIN):
            user = User(where, found)
            if any(used.is_used_by(found) for used in own):
                every.append(str(user))
            if user.runs and any(used.is_used_by(found) for used in (*own, *upon.values())):
                running.append(f"the {'running' if found.saved is None else 'saved'} {user}")
    return VolumeUsers(tuple(running), (*running, *every))


def _holders(address: Address, host: str, inventories: Inventories) -> Iterator[tuple[str, Inventory]]:
    """The hosts that were looked at on which an object of a host may be used."""
    for where in (host,) if address.host else tuple(inventories):
        if where in inventories:
            yield where, inventories[where]


def _failed(inventory: Inventory) -> Iterator[tuple[Kind, str]]:
    """The objects that are there and could not be read; a pool that is not active tells of none."""
    return (key for key in inventory.failures if not key[1].endswith(EVERYTHING))


def _same_and_upon(native: str, inventory: Inventory) -> tuple[tuple[Used, ...], Mapping[str, Used]]:
    """A volume by all of its names (another pool may be on the same folder), and all that lies upon it."""
    places: dict[str, str] = {}
    backings: dict[str, str] = {}
    for name, found in inventory.of_kind(Kind.VOLUME):
        if not why_unreadable(found):  # else it has no place that is known
            places[name] = target_path(found.document)
            backings[name] = backing_path(found.document)
    place = places.get(native, "")
    names = {native, *(name for name, there in places.items() if place and there == place)}
    own = tuple(Used(Kind.VOLUME, name, path=place) for name in sorted(names))
    upon: dict[str, Used] = {}
    below = {place} - {""}
    while True:
        more = {
            name: Used(Kind.VOLUME, name, path=places[name])
            for name, under in backings.items()
            if under in below and name not in names and name not in upon
        }
        if not more:
            return own, upon
        upon |= more
        below |= {used.path for used in more.values() if used.path}
