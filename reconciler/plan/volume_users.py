"""Who would notice if a volume's bytes were others: those who use it by any of its names, and those whose
disks lie upon it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from drivers.base import Inventory, Observation
from reconciler.plan.readable import why_unreadable
from reconciler.plan.users import Inventories, Used, User
from specs.identity import Address, Kind
from specs.xml import parse


@dataclass(frozen=True, slots=True)
class VolumeUsers:
    """In words: `running` are guests that use it or what lies upon it, `all` everybody."""

    running: tuple[str, ...] = ()
    all: tuple[str, ...] = ()


def volume_users(address: Address, native: str, host: str, inventories: Inventories) -> VolumeUsers:
    """The users of a volume; on every host that was looked at, if it is shared."""
    running: list[str] = []
    every: list[str] = []
    for where in (host,) if address.host else tuple(inventories):
        if where not in inventories:
            continue
        own, upon = _same_and_upon(native, inventories[where])
        every.extend(f"the volume {name} that lies upon it" for name in upon)
        for (kind, _), found in inventories[where].objects.items():
            if kind is not Kind.DOMAIN:
                continue
            user = User(where, found)
            if _uses(found, own):
                every.append(str(user))
            if user.runs and _uses(found, (*own, *upon.values())):
                running.append(f"the running {user}")
    return VolumeUsers(tuple(running), (*running, *every))


def _same_and_upon(native: str, inventory: Inventory) -> tuple[tuple[Used, ...], Mapping[str, Used]]:
    """A volume by all of its names (another pool may be on the same folder), and all that lies upon it."""
    objects = inventory.objects
    places: dict[str, str] = {}
    backings: dict[str, str] = {}
    for (kind, name), found in objects.items():
        if kind is Kind.VOLUME:
            if why_unreadable(found):
                continue  # it has no place that is known
            root = parse(found.document)
            places[name] = (root.findtext("target/path") or "").strip()
            backings[name] = (root.findtext("backingStore/path") or "").strip()
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


def _uses(found: Observation, volumes: Iterable[Used]) -> bool:
    """Whether a domain's definition or live document names one of the volumes."""
    if why_unreadable(found):
        return True  # nobody can tell
    documents = tuple(filter(None, (found.document, found.live)))
    return any(used.is_used_in(document) for used in volumes for document in documents)
