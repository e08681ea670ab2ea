"""Guests whose host cannot be asked, and whose disks are on it: never begun anew with empty ones unasked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.plan.whereabouts import suspects
from reconciler.plan.world import World
from specs.desired import Declared, DeclaredHost, Desired
from specs.identity import Address, Kind


def stranded(desired: Desired, world: World) -> Mapping[Address, str]:
    """The domains, and the volumes that they would be given anew, with why they are not made."""
    if not world.unreachable:
        return {}
    found: dict[Address, str] = {}
    for declared in desired.resources.values():
        if declared.address.kind is not Kind.DOMAIN or declared.host not in world.inventories:
            continue
        lost = tuple(_made_anew(declared, desired, world))
        if lost and not world.hosts_of(declared.native):
            for origin in suspects(declared, world):
                where = f"{'are' if declared.address in world.records else 'may be'} on {origin}"
                host = desired.hosts.get(origin, DeclaredHost(origin, "", declared.origin))
                found |= dict(_told(declared, where, host, lost))
    return found


def _made_anew(declared: Declared, desired: Desired, world: World) -> Iterator[Declared]:
    """The disks that a guest would find empty, or as their sources make them: what is made from the files
    alone is lost nowhere."""
    for address in declared.requires:
        volume = desired.resources.get(address)
        if volume is None or address.kind is not Kind.VOLUME or volume.shared:
            continue
        if world.of(volume) is None and not volume.policy.generated:
            yield volume


def _told(
    declared: Declared, where: str, host: DeclaredHost, lost: tuple[Declared, ...]
) -> Iterator[tuple[Address, str]]:
    if host.storage_lost:
        return
    names = ", ".join(volume.native for volume in lost)
    why = (
        f"its data ({names}) {where}, which cannot be reached, and nothing has brought them to"
        f" {declared.host}: restore them there, under the same names, and it begins with them; or say"
        f" storageLost: true in Host/{host.name} to begin anew without them"
    )
    yield declared.address, why
    for volume in lost:
        yield volume.address, f"{declared.address} is stranded: {why}"
