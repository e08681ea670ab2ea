"""Giving a domain another name."""

from __future__ import annotations

from contextlib import suppress

import libvirt

from drivers.base.errors import Refused
from drivers.libvirt.lookup import lookup_same
from specs.identity import Kind


def rename(handle: libvirt.virConnect, name: str, new_name: str, uuid: str) -> None:
    """Renames an inactive domain, unless that was done already."""
    try:
        domain = lookup_same(handle, Kind.DOMAIN, name, uuid)
    except libvirt.libvirtError:
        with suppress(libvirt.libvirtError):
            if uuid and handle.lookupByName(new_name).UUIDString() == uuid:
                return
        raise
    if domain.isActive():
        raise Refused(f"'{name}' runs: a guest is renamed while it is stopped")
    domain.rename(new_name, 0)
