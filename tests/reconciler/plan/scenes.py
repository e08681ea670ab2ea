"""Worlds of two hosts, and what stands on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from drivers.base import Inventory, Observation
from reconciler.plan import World
from specs.desired import Declared, DeclaredHost, Desired, PowerState
from specs.diagnostics import Origin
from specs.identity import Address, Kind
from state.records import Record
from tests.reconciler.plan.facts import (
    CAPABILITIES,
    HOST,
    VERSION,
    changed,
    declare,
    desire,
    domain_xml,
    marked,
    observe,
    record,
    world,
)

UUID = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-9999-4999-8999-999999999999"
ON, OFF, PAUSED = PowerState.RUNNING, PowerState.STOPPED, PowerState.PAUSED
LAN = f"<network><name>lan</name><uuid>{OTHER}</uuid><bridge name='virbr7'/></network>"
POOL = "<pool type='dir'><name>p</name><target><path>/p</path></target></pool>"
DISK = "<disk type='volume' device='disk'><source pool='p' volume='{0}'/><target dev='{1}' bus='{2}'/></disk>"
NIC = "<interface type='network'><source network='lan'/><model type='virtio'/></interface>"


def tree(*declared: Declared, fleet: dict[str, Any] | None = None, **hosts: dict[str, Any]) -> Desired:
    """What is declared, on hv1 and hv2."""
    origin = Origin("hosts.yaml")
    known = {
        name: DeclaredHost(name, **{"uri": "qemu:///system", "origin": origin, **hosts.get(name, {})})
        for name in (HOST, "hv2")
    }
    return replace(desire(*declared, **(fleet or {})), hosts=known)


def spread(
    hv1: tuple[Observation, ...] | None = (),
    hv2: tuple[Observation, ...] | None = (),
    records: dict[Record, tuple[str, str]] | None = None,
    **values: Any,
) -> World:
    """What the two hosts hold; None is a host that cannot be reached."""
    held = {name: seen for name, seen in ((HOST, hv1), ("hv2", hv2)) if seen is not None}
    missing = {name: "no route" for name, seen in ((HOST, hv1), ("hv2", hv2)) if seen is None}
    parts = {
        "inventories": {
            name: Inventory(name, VERSION, {(o.kind, o.name): o for o in seen}) for name, seen in held.items()
        },
        "unreachable": missing,
        "capabilities": dict.fromkeys(held, CAPABILITIES),
    }
    return changed(world(records=records), **(parts | values))


def guest(name: str = "web", extra: str = "", **values: Any) -> Declared:
    """A declared guest."""
    return declare(domain_xml(name, extra=extra), name=name, **values)


def there(declared: Declared, power: PowerState = ON, uuid: str = UUID, **values: Any) -> Observation:
    """The guest as we defined it once; other values are those of its document."""
    document = marked(domain_xml(declared.native, uuid=uuid, **values), declared)
    live = document if power is not OFF else None
    return observe(document, name=declared.native, power=power, live=live)


def volume_xml(name: str, size: int = 1 << 30, backing: str = "", form: str = "raw") -> str:
    """A volume as a host shows it."""
    under = f"<backingStore><path>/p/{backing}</path></backingStore>" if backing else ""
    return (
        f"<volume><name>{name}</name><capacity unit='bytes'>{size}</capacity>"
        f"<target><path>/p/{name}</path><format type='{form}'/></target>{under}</volume>"
    )


def volume(name: str, size: int = 1 << 30, host: str = HOST, **values: Any) -> Declared:
    """A declared volume of the pool p."""
    document = (
        f"<volume><name>{name}</name><capacity unit='bytes'>{size}</capacity>"
        "<target><format type='raw'/></target></volume>"
    )
    if values.get("source"):
        document = f"<volume><name>{name}</name><target><format type='raw'/></target></volume>"
    address = Address(Kind.VOLUME, name, "" if values.get("shared") else host, "p")
    plain = declare(document, Kind.VOLUME, name, native=f"p/{name}", **values)
    return replace(plain, address=address, host=host)


def bytes_of(name: str, size: int = 1 << 30, backing: str = "", form: str = "raw") -> Observation:
    """A volume that is there."""
    document = volume_xml(name, size, backing, form)
    return observe(document, Kind.VOLUME, f"p/{name}", power=None, autostart=None)


def lan(power: PowerState = PowerState.ACTIVE) -> Observation:
    """The network that is there."""
    return observe(LAN, Kind.NETWORK, "lan", power=power)


def recorded(*known: tuple[Declared, Observation], **values: Any) -> dict[Record, tuple[str, str]]:
    """What was applied and read back as it is now."""
    return {record(d, o, **values): (d.document, o.document) for d, o in known}
