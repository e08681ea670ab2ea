"""A stopped guest's disks, copied to a host of another kind: what would be made there, and what stands in the
way. The guest itself, and all that is on its host, stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.base import Inventory, Observation
from specs.desired import OFF
from specs.documents.domain_facts import DiskFacts, domain_facts
from specs.documents.volume_facts import capacity_of, format_of_volume
from specs.identity import Kind
from specs.matrix.model import Ability, Hypervisor


@dataclass(frozen=True, slots=True)
class DiskCopy:
    """One disk: its target, its volume ('pool/name') and format, and the volume and format that are made."""

    target: str
    source: str
    form: str
    made: str
    into: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """What would be copied, and what stands in the way of it."""

    copies: tuple[DiskCopy, ...]
    obstacles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A host: what it is called, its kind, and what is there."""

    name: str
    row: Hypervisor
    inventory: Inventory


def conversion(seen: Observation, origin: Side, goal: Side, pool: str) -> Conversion:
    """The copies of a guest's own disks into a pool of another host."""
    disks = [disk for disk in domain_facts(seen.document).disks if disk.own and disk.has_source]
    copies = tuple(_copy(disk, origin, goal, pool) for disk in disks if disk.volume)
    return Conversion(copies, tuple(_obstacles(seen, disks, copies, origin, goal, pool)))


def _copy(disk: DiskFacts, origin: Side, goal: Side, pool: str) -> DiskCopy:
    source = f"{disk.pool}/{disk.volume}"
    found = origin.inventory.objects.get((Kind.VOLUME, source))
    form = format_of_volume(found.document) if found else "raw"
    into = form if form in goal.row.images else next(iter(goal.row.images), form)
    stem = disk.volume.removesuffix(f".{form}").removesuffix(".img") if into != form else disk.volume
    name = f"{stem}.{into}" if into != form else disk.volume
    capacity = capacity_of(found.document) if found else 0
    return DiskCopy(disk.target, source, form, f"{pool}/{name}", into, capacity)


def _obstacles(
    seen: Observation,
    disks: list[DiskFacts],
    copies: tuple[DiskCopy, ...],
    origin: Side,
    goal: Side,
    pool: str,
) -> Iterator[str]:
    if origin.row.family == goal.row.family:
        yield f"{origin.name} and {goal.name} are of one kind: say host: {goal.name}, and the guest moves"
    if seen.power not in OFF or seen.live is not None:
        yield f"it runs on {origin.name}: a copy of what is being written to is none; stop it first"
    if seen.saved is not None:
        yield f"its memory was saved on {origin.name}: start it and shut it down, so that its disks are whole"
    if Ability.READ not in origin.row.can:
        yield f"volumes of {origin.name} ({origin.row.title}) cannot be read from here"
    if Ability.FILL not in goal.row.can or not goal.row.images:
        yield f"{goal.name} ({goal.row.title}) takes no images from here"
    if (Kind.STORAGE_POOL, pool) not in goal.inventory.objects:
        yield f"{goal.name} has no pool '{pool}'; say another one with --pool"
    for disk in disks:
        if not disk.volume:
            path = disk.path or "no file"
            yield f"its disk {disk.target} ({path}) is no volume of a pool: declare the pool around it"
    for copy in copies:
        if (Kind.VOLUME, copy.source) not in origin.inventory.objects:
            yield f"its disk {copy.target} is the volume {copy.source}, which {origin.name} does not show"
        if (Kind.VOLUME, copy.made) in goal.inventory.objects:
            yield f"{goal.name} has a volume {copy.made} already, and nothing is overwritten: remove it"
    made = [copy.made for copy in copies]
    if len(made) != len(set(made)):
        yield f"two of its volumes would have one name in {pool}; rename one first"
    if not copies:
        yield "it has no disk of its own that is a volume"
