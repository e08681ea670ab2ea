"""libvirt's calls for each kind: to look one up, to define one, to count and list them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import libvirt

from drivers.libvirt import domains, secrets, storage
from drivers.libvirt.itself import guest
from specs.identity import Kind


@dataclass(frozen=True, slots=True)
class LibvirtCalls:
    """What is done alike to all kinds, by a call that each has for itself."""

    lookup: Callable[[libvirt.virConnect, str], Any]
    """The object of a name."""

    define: Callable[[libvirt.virConnect, str, str], object]
    """Creates or redefines by a document."""

    count: Callable[[libvirt.virConnect], object]
    """How many there are; fails where a hypervisor knows no such thing."""

    missing: int
    """The code of the error that one does not exist."""

    every: Callable[[libvirt.virConnect], Iterable[Any]] | None = None
    """All of a kind of which its document alone is to be known; None where there is more to see
    (`drivers.libvirt.observe`)."""


CALLS: Mapping[Kind, LibvirtCalls] = {
    Kind.DOMAIN: LibvirtCalls(
        lookup=guest,
        define=domains.define,
        count=lambda handle: handle.numOfDefinedDomains(),
        missing=libvirt.VIR_ERR_NO_DOMAIN,
    ),
    Kind.NETWORK: LibvirtCalls(
        lookup=lambda handle, name: handle.networkLookupByName(name),
        define=lambda handle, _, document: handle.networkDefineXML(document),
        count=lambda handle: handle.numOfNetworks(),
        missing=libvirt.VIR_ERR_NO_NETWORK,
    ),
    Kind.STORAGE_POOL: LibvirtCalls(
        lookup=lambda handle, name: handle.storagePoolLookupByName(name),
        define=lambda handle, _, document: handle.storagePoolDefineXML(document, 0),
        count=lambda handle: handle.numOfStoragePools(),
        missing=libvirt.VIR_ERR_NO_STORAGE_POOL,
    ),
    Kind.VOLUME: LibvirtCalls(
        lookup=storage.volume,
        define=storage.create_volume,
        count=lambda handle: handle.numOfStoragePools(),
        missing=libvirt.VIR_ERR_NO_STORAGE_VOL,
    ),
    Kind.SECRET: LibvirtCalls(
        lookup=secrets.lookup,
        define=lambda handle, _, document: handle.secretDefineXML(document, 0),
        count=lambda handle: handle.numOfSecrets(),
        missing=libvirt.VIR_ERR_NO_SECRET,
    ),
    Kind.NETWORK_FILTER: LibvirtCalls(
        lookup=lambda handle, name: handle.nwfilterLookupByName(name),
        define=lambda handle, _, document: handle.nwfilterDefineXML(document),
        count=lambda handle: handle.numOfNWFilters(),
        missing=libvirt.VIR_ERR_NO_NWFILTER,
        every=lambda handle: handle.listAllNWFilters(0),
    ),
}
"""A kind more is a row more."""
