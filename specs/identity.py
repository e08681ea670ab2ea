"""Kinds, addresses and the identities derived from them."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass
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


MANAGED_KINDS = (
    Kind.SECRET,
    Kind.NETWORK_FILTER,
    Kind.NETWORK,
    Kind.STORAGE_POOL,
    Kind.VOLUME,
    Kind.DOMAIN,
)
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


def derive_mac(fleet: str, domain: str, nic: str, prefix: str = "52:54:00") -> str:
    """The MAC address of a domain's NIC, under the OUI that its hypervisor uses (QEMU's by default)."""
    tail = hashlib.sha256("\0".join((fleet, domain, nic)).encode()).digest()[:3]
    return ":".join((prefix, *(f"{byte:02x}" for byte in tail)))
