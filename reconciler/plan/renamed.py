"""Guests of ours that somebody renamed on their host (virsh domrename): never taken for new, nor removed."""

from __future__ import annotations

from html import escape

from reconciler.plan.ownership import belongs, own_mark
from reconciler.plan.world import World
from specs.desired import Declared, FleetPolicy
from specs.identity import Kind


def renamed_to(declared: Declared, world: World, fleet: FleetPolicy) -> tuple[str, str]:
    """The host and the name under which a declared domain is found instead of under its own; ('', '') when
    it is nowhere. Its mark tells, or the UUID that was recorded of it."""
    record = world.records.get(declared.address)
    uuid = record.uuid if record else ""
    written = f'name="{escape(declared.native)}"', f"name='{escape(declared.native)}'"
    for host, inventory in world.inventories.items():
        for native, found in inventory.of_kind(Kind.DOMAIN):
            if native == declared.native:
                continue
            if uuid and found.uuid == uuid:
                return host, native
            if any(text in found.document for text in written):
                if world.unreadable(host, Kind.DOMAIN, native):
                    return host, native  # nobody can tell, and it must not be made a second time
                mark = own_mark(found)
                if mark and mark.uuid and mark.name == declared.native and belongs(mark, fleet):
                    return host, native
    return "", ""


def told(declared: Declared, host: str, name: str) -> str:
    """What a person can do about it."""
    return (
        f"it was renamed on {host} and is called '{name}' there (virsh domrename): declare it by that name,"
        f" or rename it back (virsh domrename {name} {declared.native})"
    )
