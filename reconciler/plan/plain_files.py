"""Disks that are plain files of their host, in no pool: what does not come along when their guest moves."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from reconciler.plan.world import World
from specs.desired import ON, Declared
from specs.documents.domain_facts import DomainFacts
from specs.documents.volume_facts import target_path
from specs.identity import Kind


def left_behind(
    declared: Declared, facts: DomainFacts, origin: str, world: World, *, live: bool
) -> Iterator[str]:
    """What would be missing at the destination. While it runs, libvirt copies a file into a pool that holds
    its folder, or sees for itself that it lies on shared storage; a stopped guest's stays where it is, unless
    the files say that both hosts see the same one."""
    storage, host = declared.migration.storage, declared.host
    if storage == "shared" or (live and storage != "copy"):
        return
    along = set(_coming_along(declared, origin, world))
    for disk in facts.disks:
        if not disk.own or not disk.path or disk.path in along:
            continue
        if live and not _has_pool(disk.path.rpartition("/")[0], host, world):
            yield (
                f"no pool of {host} has the folder of its disk {disk.target} ({disk.path}), so that libvirt"
                " cannot copy it there: declare one"
            )
        if not live and not _is_volume(disk.path, host, world):
            yield (
                f"its disk {disk.target} ({disk.path}) is in no pool, and does not come along: make it a"
                f" volume, or say migration: {{storage: shared}} if {host} sees the same file"
            )


def _coming_along(declared: Declared, origin: str, world: World) -> Iterator[str]:
    """Where the declared volumes of a domain lie."""
    for address in declared.requires:
        seen = world.observation(origin, address.kind, f"{address.pool}/{address.name}")
        if address.kind is Kind.VOLUME and seen:
            yield target_path(seen.document)


def _is_volume(path: str, host: str, world: World) -> bool:
    written = f"<path>{escape(path)}</path>"
    return any(written in seen.document for _, seen in world.inventories[host].of_kind(Kind.VOLUME))


def _has_pool(folder: str, host: str, world: World) -> bool:
    pools = world.inventories[host].of_kind(Kind.STORAGE_POOL)
    return any(pool.power in ON and target_path(pool.document).rstrip("/") == folder for _, pool in pools)
