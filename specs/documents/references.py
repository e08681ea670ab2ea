"""What a document refers to: the one place that order, checks and pruning go by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from specs.diagnostics import did_you_mean
from specs.identity import Kind
from specs.xml import parse

_SHIPPED_FILTERS = re.compile(
    r"(allow-(arp|dhcp|dhcp-server|dhcpv6|dhcpv6-server|(incoming-)?ipv[46])|clean-traffic(-gateway)?"
    r"|no-(arp(-ip|-mac)?-spoofing|ip-multicast|ip-spoofing|ipv6-multicast|ipv6-spoofing|mac-broadcast"
    r"|mac-spoofing|other-l2-traffic|other-rarp-traffic)|qemu-announce-self(-rarp)?)\Z"
)
"""The filters that libvirt ships (its src/nwfilter/xml), which nobody declares."""


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
    if root.tag == "domain":
        yield from _of_domain(root)
    elif root.tag == "volume":
        for path in root.iterfind("backingStore/path"):
            yield Reference(Kind.VOLUME, "", path=(path.text or "").strip())
        yield from _secrets(root)
    elif root.tag == "pool":
        yield from _secrets(root)
    elif root.tag == "filter":
        for node in root.iterfind("filterref"):
            yield Reference(Kind.NETWORK_FILTER, node.get("filter", ""))


def references_in(document: str) -> Iterator[Reference]:
    """What a document refers to, as text."""
    return references(parse(document))


def _of_domain(root: etree._Element) -> Iterator[Reference]:
    for source in root.iterfind("devices/disk/source"):
        pool, volume = source.get("pool"), source.get("volume")
        if pool and volume:
            yield Reference(Kind.STORAGE_POOL, pool)
            yield Reference(Kind.VOLUME, volume, pool)
        path = source.get("file") or source.get("dev")
        if path:
            yield Reference(Kind.VOLUME, "", path=path)
    for entry in root.iterfind("sysinfo[@type='fwcfg']/entry[@file]"):
        yield Reference(Kind.VOLUME, "", path=entry.get("file", ""))
    for source in root.iterfind("devices/interface[@type='network']/source"):
        yield Reference(Kind.NETWORK, source.get("network", ""))
    for node in root.iterfind("devices/interface/filterref"):
        yield Reference(Kind.NETWORK_FILTER, node.get("filter", ""))
    yield from _secrets(root)


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


def is_shipped(nwfilter: str) -> bool:
    """Whether libvirt brings a network filter of that name along."""
    return _SHIPPED_FILTERS.match(nwfilter) is not None
