"""The facet that keeps what a guest was at a moment, and brings it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from drivers.base.writing import writes
from specs.desired import PowerState
from specs.xml import is_xml, parse

_HOLDS = "qcow2"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A domain's snapshot, as its hypervisor tells of it.

    `created` is in seconds since the epoch, `power` what the guest was then; `memory` says whether that is in
    it too, so that the guest goes on where it was. `disks` are the targets that it holds, with where their
    data is ('pool/volume' of a volume). `external` are those that lie in files of their own, which not every
    hypervisor can go back to. Of all of a domain's, one is `current`: what is written now comes after it.
    """

    name: str
    created: float
    power: PowerState
    parent: str = ""
    description: str = ""
    memory: bool = False
    external: bool = False
    current: bool = False
    disks: Mapping[str, str] = field(default_factory=dict)


class Snapshots(Protocol):
    """Snapshots of domains, by the names of both. What is asked of a domain, or of a snapshot, that does not
    exist is NotFound; with `uuid`, Refused when another domain has the name."""

    def all(self, name: str) -> tuple[Snapshot, ...]:
        """All of a domain's, a parent before its children."""

    def obstacle(self, name: str) -> str:
        """Why none can be taken of a domain as it is now, in words for people; '' when it can."""

    @writes
    def take(self, name: str, snapshot: str, description: str, *, uuid: str = "") -> None:
        """Keeps all of its writable disks as they are now, of one that runs with its memory; it goes on as it
        was. Refused when the domain has one of that name, and where there is an obstacle."""

    @writes
    def revert(self, name: str, snapshot: str, *, uuid: str = "") -> None:
        """Brings back the disks, the definition and the power of then. What was written since is lost; the
        snapshot stays, and so do all others."""

    @writes
    def drop(self, name: str, snapshot: str, *, uuid: str = "") -> None:
        """Removes a snapshot; its children become its parent's, and the guest stays as it is."""


def disks_in(document: str) -> Mapping[str, str]:
    """The writable disks of a domain's document, by their targets, with where their data is."""
    if not is_xml(document):
        return {}
    found = {}
    for disk in parse(document).iterfind("devices/disk"):
        target, source = disk.find("target"), disk.find("source")
        if disk.get("device", "disk") != "disk" or disk.find("readonly") is not None or target is None:
            continue
        given = {} if source is None else {str(key): str(value) for key, value in source.attrib.items()}
        if disk.get("type") == "volume":
            place = f"{given.get('pool')}/{given.get('volume')}"
        else:
            place = given.get("file") or given.get("dev") or given.get("name") or ""
        found[str(target.get("dev"))] = place
    return found


def unfit(document: str) -> str:
    """Why the disks of a domain cannot hold a snapshot within themselves; '' when they can."""
    if not is_xml(document):
        return "its document cannot be read"
    targets = disks_in(document)
    if not targets:
        return "it has no disk that could hold one"
    for disk in parse(document).iterfind("devices/disk"):
        target = disk.find("target")
        name = "" if target is None else target.get("dev")
        if name not in targets:
            continue
        driver = disk.find("driver")
        format_ = (None if driver is None else driver.get("type")) or "raw"
        if format_ != _HOLDS:
            return f"disk {name} is {format_}, and only {_HOLDS} holds snapshots"
        if disk.get("type") == "network":
            return f"disk {name} is on the network, and holds no snapshots"
    return ""
