"""Moving a domain between simulated hosts, in two steps as libvirt does it: it is made known at the
destination, and then it is there and no more here, in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from drivers.base import Move, MoveProgress
from drivers.base.errors import Refused
from drivers.simulated import kept, volume
from drivers.simulated.domain import verbs
from drivers.simulated.domain.live import uses_of
from drivers.simulated.faults import SWITCHING
from drivers.simulated.naming import existing
from drivers.simulated.rows import HostRows, StoredObject
from drivers.simulated.store import Store
from drivers.simulated.xml import parse, refuse
from specs.desired import PowerState
from specs.identity import Kind

_STEPS = 20


def prepare(source: Store, destination: Store, name: str, move: Move, memory_kib: int) -> bool:
    """Makes the domain known at its destination, where that can take it; whether it was unknown there."""
    with source.read() as here:
        entry = existing(here, Kind.DOMAIN, name) if here else None
        held = kept.names(here, name) if here else ()
    if entry is None:
        refuse(f"no domain with matching name '{name}'")
    if bool(entry.live) != move.live:
        refuse(f"'{name}' is {entry.power} by now", "plan again")
    if held:
        refuse(f"cannot migrate domain with {len(held)} snapshots", "delete them first")
    with destination.write() as there:
        known = there.entry(Kind.DOMAIN, name)
        if known and known.live:
            refuse(f"domain '{name}' is active at the destination already")
        verbs.define(there, name, move.document or entry.document)
        if entry.live:
            root = parse(entry.live)
            verbs.check_devices(root, there)
            need, free = memory_of(entry), memory_kib - memory_in_use(there)
            if need > free:
                refuse(f"cannot allocate {need} KiB: {free} KiB are free", "make room first")
    return known is None


def travel(
    seconds: float, progress: Callable[[MoveProgress], None], cancel: threading.Event, size: int
) -> None:
    """The time that a running guest is on its way; Refused when it is cancelled."""
    for step in range(_STEPS if seconds else 0):
        progress(MoveProgress(size - size * step // _STEPS, size))
        if cancel.wait(seconds / _STEPS):
            raise Refused("the move was cancelled, and it goes on where it is")
    progress(MoveProgress(0, size))


def arrive(source: Store, destination: Store, name: str, move: Move) -> None:
    """The domain is there now, as it was here."""
    with _both(source, destination) as (here, there):
        entry, made = existing(here, Kind.DOMAIN, name), existing(there, Kind.DOMAIN, name)
        if entry.live:
            for pool_volume in _copied(entry.live, move):
                _copy(here, there, pool_volume)
            there.set_uses(name, uses_of(parse(entry.live), there))
            there.keep_number(
                verbs.started(name), here.number(verbs.started(name)) or int(time.time() * 1000)
            )
        there.save(replace(made, live=entry.live, power=entry.power, autostart=entry.autostart))
        here.set_uses(name, ())
        here.remove(Kind.DOMAIN, name)


def abandon(destination: Store, name: str) -> None:
    """Forgets what `prepare` made."""
    with destination.write() as there:
        known = there.entry(Kind.DOMAIN, name)
        if known and not known.live:
            there.remove(Kind.DOMAIN, name)


def memory_in_use(host: HostRows) -> int:
    """KiB that the running guests of a host have."""
    return sum(memory_of(entry) for entry in host.entries(Kind.DOMAIN) if entry.power != PowerState.STOPPED)


def memory_of(entry: StoredObject) -> int:
    """KiB that a domain has, or will have."""
    root = parse(entry.live or entry.document)
    return int(root.findtext("currentMemory") or root.findtext("memory") or 0)


@contextmanager
def _both(source: Store, destination: Store) -> Iterator[tuple[HostRows, HostRows]]:
    """One transaction on both hosts; in two files the destination's stands first. One move at a time: two
    that go opposite ways would wait for each other."""
    if source.path == destination.path:
        with source.write() as here:
            yield here, destination.host_in(here)
        return
    with SWITCHING, source.write() as here, destination.write() as there:
        yield here, there


def _copied(live: str, move: Move) -> Iterator[str]:
    """The volumes ('pool/name') of the disks whose content goes along."""
    for disk in parse(live).iterfind("devices/disk"):
        target, source = disk.find("target"), disk.find("source")
        if target is None or source is None or not source.get("pool"):
            continue
        if target.get("dev") in move.copied_disks:
            yield f"{source.get('pool')}/{source.get('volume')}"


def _copy(here: HostRows, there: HostRows, name: str) -> None:
    place, own, _ = volume.existing_volume(here, name)
    to_place, to_own, _ = volume.existing_volume(there, name)
    pieces = list(here.content(place, own))
    there.drop_content(to_place, to_own)
    for number, (length, data) in enumerate(pieces):
        there.add_content(to_place, to_own, number, length, data)
