"""What a domain's or network's document tells of the guest: its size, its disks, what it is plugged into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from specs.documents.values import to_bytes
from specs.xml import parse

_WRITTEN_TO = frozenset({"disk", "lun"})
"""Kinds of disks that hold what a guest writes; the others are media."""


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """A disk by its target: the volume that it is of ('' and '' where it is of none), its file or device on
    the host ('' where it is neither), whether it has a source at all, and whether it is this guest's alone to
    write to."""

    target: str
    pool: str
    volume: str
    path: str
    has_source: bool
    own: bool


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """What matters of a guest when it is to go elsewhere; `memory` in bytes, as plugged in now."""

    memory: int
    host_devices: tuple[str, ...]
    networks: tuple[str, ...]
    disks: tuple[DiskFacts, ...]


def domain_facts(document: str) -> DomainFacts:
    """Reads a domain's document once."""
    root = parse(document)
    memory = root.find("currentMemory")
    return DomainFacts(
        memory=0 if memory is None else to_bytes(memory.text or "0", memory.get("unit", "KiB")) or 0,
        host_devices=tuple(device.get("type", "hostdev") for device in root.iterfind("devices/hostdev")),
        networks=tuple(
            source.get("network", "")
            for source in root.iterfind("devices/interface[@type='network']/source[@network]")
        ),
        disks=tuple(_disks(root)),
    )


def _disks(root: etree._Element) -> Iterator[DiskFacts]:
    for disk in root.iterfind("devices/disk"):
        source, target = disk.find("source"), disk.find("target")
        yield DiskFacts(
            target.get("dev", "") if target is not None else "",
            source.get("pool", "") if source is not None else "",
            source.get("volume", "") if source is not None else "",
            source.get("file", source.get("dev", "")) if source is not None else "",
            source is not None,
            disk.get("device", "disk") in _WRITTEN_TO
            and target is not None
            and disk.find("readonly") is None
            and disk.find("shareable") is None,
        )


def kept_beside(domain: str) -> Iterator[str]:
    """What a guest keeps on its host beside its disks."""
    root = parse(domain)
    nvram = root.find("os/nvram")
    if nvram is not None or root.find("os[@firmware='efi']") is not None:
        source = nvram.find("source") if nvram is not None else None
        path = (source.get("file") if source is not None else None) or root.findtext("os/nvram") or ""
        yield f"UEFI variables ({path.strip()})" if path.strip() else "UEFI variables"
    if root.find("devices/tpm/backend[@type='emulator']") is not None:
        yield "TPM state"


def bridge_of(network: str) -> str:
    """The bridge that a network has; '' where its document tells none."""
    found = parse(network).find("bridge")
    return found.get("name", "") if found is not None else ""


def uses_bridge(domain: str, bridge: str) -> bool:
    """Whether one of a domain's interfaces is plugged into a bridge directly."""
    return any(
        source.get("bridge") == bridge for source in parse(domain).iterfind("devices/interface/source")
    )
