"""Kinds, addresses and the identities derived from them."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

NAMESPACE = uuid.UUID("6f1d9d5a-2f0b-5c0e-9b57-6f2a3c1d8e40")


class Kind(StrEnum):
    """What a document of the tree may declare."""

    FLEET = "Fleet"
    HOST = "Host"
    DOMAIN = "Domain"
    NETWORK = "Network"
    STORAGE_POOL = "StoragePool"
    VOLUME = "Volume"
    SECRET = "Secret"  # noqa: S105 - a kind's name
    NETWORK_FILTER = "NetworkFilter"
    DOMAIN_TEMPLATE = "DomainTemplate"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What is known of a kind that lives on a hypervisor, for all who treat kinds alike."""

    tag: str
    """The root element of its documents."""

    plural: str
    """The folder that `adopt` writes them to, and the Fleet's list of those that are `external`."""

    named_at: str = "name"
    """Where a document says its name: an element, or '@' and an attribute of the root; '' of a kind that is
    found by something else."""

    runs: bool = False
    """Whether it is started and stopped, so that a change may have to wait for its next start."""

    used_by: Mapping[Kind, str] = field(default_factory=dict)
    """The kinds whose documents may refer to one, and where they say its name ('path/@attribute'); '' where
    that is no single place (`specs.documents.references` finds it)."""

    outlives: frozenset[Kind] = frozenset()
    """Kinds that are removed before it, besides those that use it."""

    ships: frozenset[str] = frozenset()
    """Those that every hypervisor brings along, and nobody declares."""


FACTS: Mapping[Kind, KindFacts] = {
    Kind.SECRET: KindFacts(
        tag="secret",
        plural="secrets",
        named_at="",
        used_by={Kind.DOMAIN: "", Kind.STORAGE_POOL: "", Kind.VOLUME: ""},
    ),
    Kind.NETWORK_FILTER: KindFacts(
        tag="filter",
        plural="filters",
        named_at="@name",
        used_by={
            Kind.DOMAIN: "devices/interface/filterref/@filter",
            Kind.NETWORK_FILTER: "filterref/@filter",
        },
        outlives=frozenset({Kind.NETWORK}),
        # libvirt's src/nwfilter/xml
        ships=frozenset({
            "allow-arp", "allow-dhcp", "allow-dhcp-server", "allow-dhcpv6", "allow-dhcpv6-server",
            "allow-incoming-ipv4", "allow-incoming-ipv6", "allow-ipv4", "allow-ipv6", "clean-traffic",
            "clean-traffic-gateway", "no-arp-ip-spoofing", "no-arp-mac-spoofing", "no-arp-spoofing",
            "no-ip-multicast", "no-ip-spoofing", "no-ipv6-multicast", "no-ipv6-spoofing",
            "no-mac-broadcast", "no-mac-spoofing", "no-other-l2-traffic", "no-other-rarp-traffic",
            "qemu-announce-self", "qemu-announce-self-rarp",
        }),
    ),
    Kind.NETWORK: KindFacts(
        tag="network",
        plural="networks",
        runs=True,
        used_by={Kind.DOMAIN: "devices/interface[@type='network']/source/@network"},
    ),
    Kind.STORAGE_POOL: KindFacts(
        tag="pool", plural="pools", runs=True, used_by={Kind.DOMAIN: ""}, outlives=frozenset({Kind.VOLUME})
    ),
    Kind.VOLUME: KindFacts(tag="volume", plural="volumes", used_by={Kind.DOMAIN: ""}),
    Kind.DOMAIN: KindFacts(tag="domain", plural="domains", runs=True),
}  # fmt: skip
"""The kinds that live on a hypervisor, in the order in which they are created. A kind more is a row more."""

MANAGED_KINDS = tuple(FACTS)
"""The kinds that live on a hypervisor, in the order in which they are created."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """The identity of a resource in the fleet.

    A domain is identified by its name alone (its host is a property of it); networks, pools, secrets
    and filters per host; a volume by its host and pool, or, of shared storage, by its pool alone.

    As text it is Kind/name, Kind/name@host, Volume/pool/name@host. Names may hold '@' and '/'; in a host
    and a pool these two are written %40 and %2F, so that every address has a text of its own.
    """

    kind: Kind
    name: str
    host: str = ""
    pool: str = ""

    def __str__(self) -> str:
        path = f"{_escaped(self.pool)}/{self.name}" if self.kind is Kind.VOLUME else self.name
        unclear = "@" in path and self.kind is not Kind.DOMAIN
        return f"{self.kind}/{path}@{_escaped(self.host)}" if self.host or unclear else f"{self.kind}/{path}"

    @classmethod
    def on(cls, host: str, kind: Kind, native: str) -> Address:
        """Of what a host has under its own name for it."""
        pool, _, name = native.partition("/") if kind is Kind.VOLUME else ("", "", native)
        return cls(kind, name, "" if kind is Kind.DOMAIN else host, pool)

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address that `str()` gave; ValueError for any other text."""
        kind_text, _, path = text.partition("/")
        kind, host, pool = Kind(kind_text), "", ""
        if kind is not Kind.DOMAIN and "@" in path:
            path, _, host = path.rpartition("@")
        if kind is Kind.VOLUME:
            pool, _, path = path.partition("/")
        return cls(kind, path, _unescaped(host), _unescaped(pool))


def _escaped(part: str) -> str:
    """Without '@' and '/'; a '%' stays as it is where it cannot be misread."""
    return re.sub("%(?=40|2F|25)", "%25", part).replace("@", "%40").replace("/", "%2F")


def _unescaped(part: str) -> str:
    return re.sub("%(40|2F|25)", lambda found: chr(int(found[1], 16)), part)


def derive_uuid(fleet: str, kind: Kind, name: str, scope: str = "") -> str:
    """The UUID that a new resource gets; scope is the host of a resource identified per host."""
    return str(uuid.uuid5(NAMESPACE, "\0".join((fleet, kind, scope, name))))


VMWARE_MAC = "00:50:56"
"""The addresses that VMware leaves to people: of the next byte, those up to 3f ("VMware OUI Allocation" of
vSphere Networking)."""


MAC_PREFIXES: Mapping[str, str] = {
    "xen": "00:16:3e",
    "xend": "00:16:3e",
    "esx": "00:0c:29",
    "vmware": "00:0c:29",
    "vmx": "00:50:56",
    "vbox": "08:00:27",
    "vz": "42:1c:00",
    "hyperv": "00:15:5d",
    "vsphere": VMWARE_MAC,
}
"""Families that have bytes of their own (macPrefix in libxl_domain.c, vmx.c, vbox_common.c, vz_driver.c; of
Hyper-V Microsoft's)."""

QEMUS_MAC = "52:54:00"


def derive_mac(fleet: str, domain: str, nic: str, prefix: str = QEMUS_MAC) -> str:
    """The MAC address of a domain's NIC, under the OUI that its hypervisor uses (QEMU's by default)."""
    tail = hashlib.sha256("\0".join((fleet, domain, nic)).encode()).digest()[:3]
    if prefix == VMWARE_MAC:
        tail = bytes((tail[0] & 0x3F, *tail[1:]))
    return ":".join((prefix, *(f"{byte:02x}" for byte in tail)))
