"""Snapshots lie within volumes: what becomes of them when one of these grows, goes or is filled anew is said
before, and a volume that cannot grow with them is left as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from reconciler.operations import Fill, Resize, Undefine
from reconciler.plan.draft import Draft
from reconciler.plan.model import Action, Status
from reconciler.plan.readable import why_unreadable
from reconciler.plan.world import World
from specs.desired import Desired
from specs.documents.volume_facts import capacity_of, grows_with_snapshots, target_path
from specs.effect import Effect
from specs.identity import Address, Kind

Place = tuple[str, str]
"""A host, and the name of a domain on it."""


def held_in_volumes(addresses: Collection[Address], desired: Desired, world: World) -> Iterator[Place]:
    """The domains whose snapshots count, for volumes of theirs among these may grow or be filled anew."""
    changing = {
        address
        for address in addresses
        if address.kind is Kind.VOLUME
        and (declared := desired.resources.get(address)) is not None
        and (seen := world.of(declared)) is not None
        and not why_unreadable(seen)
        and (declared.source or capacity_of(declared.document) > capacity_of(seen.document))
    }
    for declared in desired.resources.values() if changing else ():
        if declared.address.kind is Kind.DOMAIN and changing & set(declared.requires) and world.of(declared):
            yield declared.host, declared.native


def beside_removed(actions: Collection[Action], world: World) -> Iterator[Place]:
    """All domains of hosts that volumes go from: a snapshot may be in one that its guest has no more."""
    for host in {each.host for each in actions if each.address.kind is Kind.VOLUME}:
        if host in world.inventories:
            yield from ((host, name) for name, _ in world.inventories[host].of_kind(Kind.DOMAIN))


def with_snapshots_told(drafts: list[Draft], world: World) -> list[Draft]:
    """The drafts of volumes with what it means for the snapshots in them."""
    if not any(held.all for held in world.answers.snapshots.values()):
        return drafts
    return [_told(draft, world) if draft.verdict.address.kind is Kind.VOLUME else draft for draft in drafts]


def _told(draft: Draft, world: World) -> Draft:
    for action in draft.actions:
        growing = isinstance(action.operation, Resize)
        if not growing and not _goes(action):
            continue
        found = list(_in_it(action, world))
        if not found:
            continue
        seen = world.observation(action.host, Kind.VOLUME, action.native)
        if growing and seen is not None and not grows_with_snapshots(seen.document):
            problem = (
                f"it has snapshots within it ({_listed(found)}), and a qcow2 of its version (compat: 0.10)"
                f" grows with none: snapshot {found[0][0]} --delete {found[0][1]} removes one; or, while"
                f" {found[0][0]} is stopped, qemu-img amend -f qcow2 -o compat=1.1 {_path(seen.document)} on"
                f" {action.host} makes it one that grows, and pool-refresh shows it"
            )
            verdict = replace(draft.verdict, status=Status.BLOCKED, problem=problem)
            return replace(draft, verdict=verdict, actions=(), refresh=None)
        note = _GROWS if growing else _GOES
        notes = (*draft.verdict.notes, note.format(_listed(found)))
        return replace(draft, verdict=replace(draft.verdict, notes=notes))
    return draft


_GROWS = (
    "snapshots within it ({}) are of its size of then: a revert makes it as small again, and the next apply"
    " lets it grow"
)
_GOES = "LOST with it: what is within it of snapshots ({}); nobody can go back to them any more"


def _goes(action: Action) -> bool:
    """Whether what is in a volume is gone after it."""
    operation = action.operation
    return isinstance(operation, Undefine) or (
        isinstance(operation, Fill) and operation.effect is Effect.DESTROYS_DATA
    )


def _in_it(action: Action, world: World) -> Iterator[tuple[str, str]]:
    """The guests and names of the snapshots that have something in a volume."""
    seen = world.observation(action.host, Kind.VOLUME, action.native)
    known = seen is not None and not why_unreadable(seen)
    places = {action.native, target_path(seen.document) if seen and known else ""} - {""}
    for (host, guest), held in sorted(world.answers.snapshots.items()):
        if host == action.host:
            yield from ((guest, each.name) for each in held.all if places & set(each.disks.values()))


def _path(document: str) -> str:
    return target_path(document) or "FILE"


def _listed(found: Collection[tuple[str, str]]) -> str:
    return ", ".join(f"{name} of {guest}" for guest, name in found)
