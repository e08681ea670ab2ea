"""Snapshots of simulated domains: their documents, their power, and what their volumes held."""

from __future__ import annotations

import json
import time
from dataclasses import replace

from drivers.base.errors import NotFound
from drivers.base.snapshots import Snapshot, disks_in, unfit
from drivers.simulated import kept
from drivers.simulated.domain.live import image_of, uses_of
from drivers.simulated.domain.verbs import check_devices
from drivers.simulated.kept import KeptSnapshot
from drivers.simulated.naming import existing
from drivers.simulated.rows import HostRows, StoredObject
from drivers.simulated.xml import parse, refuse
from specs.desired import PowerState
from specs.identity import Kind


def all_of(host: HostRows, domain: str) -> tuple[Snapshot, ...]:
    """In the order in which they were taken: a parent is older than its children."""
    existing(host, Kind.DOMAIN, domain)
    return tuple(_told(row) for row in kept.rows(host, domain))


def obstacle(host: HostRows, domain: str) -> str:
    """Why none can be taken."""
    entry = existing(host, Kind.DOMAIN, domain)
    return unfit(entry.live or entry.document)


def take(host: HostRows, domain: str, name: str, description: str) -> None:
    """Keeps a domain as it is now."""
    entry = existing(host, Kind.DOMAIN, domain)
    if why := obstacle(host, domain):
        refuse(f"no snapshot of '{domain}' can be taken: {why}")
    rows = kept.rows(host, domain)
    if any(row.name == name for row in rows):
        refuse(f"'{domain}' has a snapshot '{name}' already", "give it another name")
    parent = next((row.name for row in rows if row.current), "")
    disks = json.dumps(dict(disks_in(entry.live or entry.document)))
    power = str(entry.power or PowerState.STOPPED)
    row = KeptSnapshot(name, parent, time.time(), description, entry.document, entry.live, power, disks)
    kept.add(host, domain, row)
    for place, volume in _volumes(host, entry):
        _copy(host, (place, volume), (kept.place_of(domain, name, place), volume))


def revert(host: HostRows, domain: str, name: str) -> None:
    """Brings back what a domain was."""
    entry = existing(host, Kind.DOMAIN, domain)
    row = _row(host, domain, name)
    host.set_uses(domain, ())
    stopped = replace(entry, document=row.document, live=None, power=PowerState.STOPPED)
    host.save(stopped)
    for place, volume in _volumes(host, stopped):
        _copy(host, (kept.place_of(domain, name, place), volume), (place, volume))
    if row.live is not None:
        root = parse(row.live)
        check_devices(root, host)
        host.set_uses(domain, uses_of(root, host))
        host.save(replace(stopped, live=row.live, power=PowerState(row.power)))
    kept.make_current(host, domain, name)


def drop(host: HostRows, domain: str, name: str) -> None:
    """Forgets one."""
    existing(host, Kind.DOMAIN, domain)
    kept.remove(host, domain, _row(host, domain, name))


def _row(host: HostRows, domain: str, name: str) -> KeptSnapshot:
    for row in kept.rows(host, domain):
        if row.name == name:
            return row
    raise NotFound(f"'{domain}' has no snapshot '{name}'")


def _told(row: KeptSnapshot) -> Snapshot:
    return Snapshot(
        row.name,
        row.created,
        PowerState(row.power),
        row.parent,
        row.description,
        memory=row.live is not None,
        current=bool(row.current),
        disks=json.loads(row.disks),
    )


def _volumes(host: HostRows, entry: StoredObject) -> list[tuple[str, str]]:
    """Place and name of the volumes whose content the host knows."""
    held = disks_in(entry.document)
    disks = [
        disk
        for disk in parse(entry.document).iterfind("devices/disk")
        if (target := disk.find("target")) is not None and target.get("dev") in held
    ]
    images = (image_of(disk, host).rpartition("/") for disk in disks)
    return [(place, name) for place, _, name in images if host.volume(place, name) is not None]


def _copy(host: HostRows, origin: tuple[str, str], target: tuple[str, str]) -> None:
    host.drop_content(*target)
    for number, (length, data) in enumerate(list(host.content(*origin))):
        host.add_content(*target, number, length, data)
