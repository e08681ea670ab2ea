"""From an object's name to libvirt's object."""

from __future__ import annotations

import re
from typing import Any

import libvirt

from drivers.base.errors import NotFound, Refused
from drivers.libvirt import observe, storage
from specs.identity import Kind

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def lookup(handle: libvirt.virConnect, kind: Kind, name: str) -> Any:
    """The libvirt object of that name; raises libvirtError when there is none."""
    if kind is Kind.DOMAIN:
        return handle.lookupByName(name)
    if kind is Kind.NETWORK:
        return handle.networkLookupByName(name)
    if kind is Kind.STORAGE_POOL:
        return handle.storagePoolLookupByName(name)
    if kind is Kind.VOLUME:
        return storage.volume(handle, name)
    if kind is Kind.NETWORK_FILTER:
        return handle.nwfilterLookupByName(name)
    usage, separator, identifier = name.partition(":")
    if not separator:
        if not _UUID.fullmatch(name):
            raise NotFound(f"there is no secret {name}", "a secret is named 'usage-type:usage' or by UUID")
        return handle.secretLookupByUUIDString(name)
    numbers = {word: number for number, word in observe.USAGES.items()}
    return handle.secretLookupByUsage(numbers.get(usage, 0), identifier)


def lookup_same(handle: libvirt.virConnect, kind: Kind, name: str, uuid: str) -> Any:
    """The libvirt object of that name, if it is the one with that UUID; what is done to it then is done
    by its UUID, whatever becomes of the name."""
    found = lookup(handle, kind, name)
    if uuid and found.UUIDString().lower() != uuid:
        raise Refused(f"'{name}' is another {kind} by now (UUID {found.UUIDString()})", "run plan again")
    return found
