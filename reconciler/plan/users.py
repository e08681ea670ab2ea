"""Who uses a volume: the domains that refer to it, and the volumes that lie upon it."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.base import Observation
from reconciler.plan.world import World
from specs.identity import Address, Kind
from specs.references import references
from specs.xml import parse

Found = tuple[str, str, Observation]
"""A host, the name of an object there, and the object."""


def domains_using(address: Address, native: str, host: str, world: World) -> Iterator[Found]:
    """The domains whose definition or live document refers to a volume; on every host, if it is shared."""
    place = path_of(world.observation(host, Kind.VOLUME, native))
    for where, found in _seen_by(address, host, world, Kind.DOMAIN):
        for document in filter(None, (found.document, found.live)):
            if refers(document, native, place):
                yield where, found.name, found
                break


def overlays(address: Address, native: str, host: str, world: World) -> Iterator[str]:
    """The volumes that lie upon a volume."""
    place = path_of(world.observation(host, Kind.VOLUME, native))
    for _, found in _seen_by(address, host, world, Kind.VOLUME):
        if place and "<backingStore" in found.document and found.name != native:
            backing = parse(found.document).findtext("backingStore/path")
            if backing and backing.strip() == place:
                yield found.name


def path_of(volume: Observation | None) -> str:
    """Where a volume lies on its host; '' when that is not known."""
    if volume is None:
        return ""
    return (parse(volume.document).findtext("target/path") or "").strip()


def _seen_by(address: Address, host: str, world: World, kind: Kind) -> Iterator[tuple[str, Observation]]:
    """What is on the hosts that a volume is seen from: one that is shared has no host in its address."""
    for where in (host,) if address.host else world.inventories:
        if where in world.inventories:
            for (found_kind, _), found in world.inventories[where].objects.items():
                if found_kind is kind:
                    yield where, found


def refers(document: str, native: str, place: str) -> bool:
    """Whether a domain's document refers to a volume ('pool/name'), or to the place where it lies."""
    pool, _, name = native.partition("/")
    return name in document and any(
        reference.kind is Kind.VOLUME
        and ((reference.name, reference.pool) == (name, pool) or bool(place and reference.path == place))
        for reference in references(parse(document))
    )
