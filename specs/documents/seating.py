"""Disks whose target nobody chose keep the one that they have, wherever they stand among the others."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from lxml import etree

from specs.documents.targets import TARGET_PREFIXES, target_names
from specs.documents.tree import to_text
from specs.xml import parse

_NAMING = ("file", "dev", "dir", "pool", "volume", "protocol", "name", "type", "path", "slot")
"""What of a source tells it from others."""

Seat = tuple[str, str]
"""A disk's bus and source."""


def chosen_by_place(domain: etree._Element, said: Container[str]) -> tuple[str, ...]:
    """The targets of a domain's disks that are not `said`: each disk was given the next free one."""
    return tuple(target for disk in _disks(domain) if (target := _target(disk)) not in said)


def seated(document: str, by_place: Container[str], known: Iterable[str]) -> str:
    """A declared domain in which every disk whose target was chosen `by_place` has the target of the disk of
    its bus and source in the `known` documents, the first that tells; the others have what is free."""
    root = parse(document)
    told = [_targets(parse(each)) for each in known]
    free = [disk for disk in _disks(root) if _target(disk) in by_place]
    claimed = {_target(disk) for disk in _disks(root)} - {_target(disk) for disk in free}
    found: dict[etree._Element, str] = {}
    for disk in free:
        for seats in told:
            own = next((target for target in seats.get(_seat(disk), ()) if target not in claimed), "")
            if own:
                found[disk] = own
                claimed.add(own)
                break
    taken = {target for seats in told for targets in seats.values() for target in targets}
    for disk in free:
        if disk not in found:
            found[disk] = _target(disk) if _target(disk) not in claimed else _next(disk, claimed | taken)
            claimed.add(found[disk])
    if all(_target(disk) == target for disk, target in found.items()):
        return document
    for disk, target in found.items():
        disk.find("target").set("dev", target)  # type: ignore[union-attr]
    return to_text(root)


def _disks(domain: etree._Element) -> Iterator[etree._Element]:
    return (disk for disk in domain.iterfind("devices/disk") if disk.find("target") is not None)


def _target(disk: etree._Element) -> str:
    return disk.find("target").get("dev", "")  # type: ignore[union-attr]


def _seat(disk: etree._Element) -> Seat:
    """Where a disk is plugged in and what is in it; an empty drive is known by its place only."""
    source, target = disk.find("source"), disk.find("target")
    named = (
        [f"{name}={source.get(name)}" for name in _NAMING if source.get(name)] if source is not None else []
    )
    assert target is not None
    return target.get("bus", ""), " ".join(named)


def _targets(domain: etree._Element) -> dict[Seat, list[str]]:
    seats: dict[Seat, list[str]] = {}
    for disk in _disks(domain):
        bus, source = _seat(disk)
        if source:
            seats.setdefault((bus, source), []).append(_target(disk))
    return seats


def _next(disk: etree._Element, taken: Container[str]) -> str:
    prefix = TARGET_PREFIXES[_seat(disk)[0]]
    return next(name for name in target_names(prefix) if name not in taken)
