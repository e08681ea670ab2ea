"""What a document refers to: the one place that order, checks and pruning go by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from specs.diagnostics import did_you_mean
from specs.identity import FACTS, MANAGED_KINDS, Kind
from specs.reading.documents import KINDS
from specs.xml import parse

_NAMED: Mapping[Kind, tuple[tuple[Kind, str], ...]] = {
    kind: tuple(
        (named, path) for named in reversed(MANAGED_KINDS) if (path := FACTS[named].used_by.get(kind))
    )
    for kind in FACTS
}
"""Kind of a document → the kinds that it may name, and where it does."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource of the same host by kind, name and pool; a secret by its usage ('type:id') or UUID,
    a volume that is referred to by its path by that alone."""

    kind: Kind
    name: str
    pool: str = ""
    path: str = ""


def references(root: etree._Element) -> Iterator[Reference]:
    """What a libvirt document refers to."""
    kind = KINDS.get(str(root.tag))
    if kind is None:
        return
    if kind is Kind.DOMAIN:
        yield from _disks(root)
    elif kind is Kind.VOLUME:
        for backing in root.iterfind("backingStore/path"):
            yield Reference(Kind.VOLUME, "", path=(backing.text or "").strip())
    for named, path in _NAMED[kind]:
        place, _, attribute = path.partition("/@")
        for node in root.iterfind(place):
            yield Reference(named, node.get(attribute, ""))
    if kind in FACTS[Kind.SECRET].used_by:
        yield from _secrets(root)


def references_in(document: str) -> Iterator[Reference]:
    """What a document refers to, as text."""
    return references(parse(document))


def _disks(root: etree._Element) -> Iterator[Reference]:
    for source in root.iterfind("devices/disk//source"):  # those of what it lies upon, too
        pool, volume = source.get("pool"), source.get("volume")
        if pool and volume:
            yield Reference(Kind.STORAGE_POOL, pool)
            yield Reference(Kind.VOLUME, volume, pool)
        path = source.get("file") or source.get("dev")
        if path:
            yield Reference(Kind.VOLUME, "", path=path)
    for entry in root.iterfind("sysinfo[@type='fwcfg']/entry[@file]"):
        yield Reference(Kind.VOLUME, "", path=entry.get("file", ""))


def _secrets(root: etree._Element) -> Iterator[Reference]:
    for secret in root.iter("secret"):
        parent = secret.getparent()
        if parent is None:
            continue
        if secret.get("uuid"):
            yield Reference(Kind.SECRET, secret.get("uuid", "").lower())
        elif secret.get("usage"):
            kind = secret.get("type") or ("ceph" if parent.get("type") == "ceph" else "iscsi")
            yield Reference(Kind.SECRET, f"{kind}:{secret.get('usage')}")


def missing(reference: Reference, host: str, names: Iterable[str]) -> str:
    """What is said of a reference that leads nowhere."""
    near = did_you_mean(reference.name, names)
    hint = near if near.startswith("; did") else ""
    where = f" in pool '{reference.pool}'" if reference.pool else ""
    return (
        f"there is no {reference.kind} '{reference.name}'{where} on {host}{hint}; declare it, or list"
        " it under external: in the Fleet if the host has it"
    )
