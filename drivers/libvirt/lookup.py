"""From an object's name to libvirt's object."""

from __future__ import annotations

from typing import Any

import libvirt

from drivers.base.errors import Refused
from drivers.libvirt.kinds import CALLS
from specs.identity import Kind


def lookup(handle: libvirt.virConnect, kind: Kind, name: str) -> Any:
    """The libvirt object of that name; raises libvirtError when there is none."""
    return CALLS[kind].lookup(handle, name)


def lookup_same(handle: libvirt.virConnect, kind: Kind, name: str, uuid: str) -> Any:
    """The libvirt object of that name, if it is the one with that UUID; what is done to it then is done
    by its UUID, whatever becomes of the name."""
    found = lookup(handle, kind, name)
    if uuid and found.UUIDString().lower() != uuid:
        raise Refused(f"'{name}' is another {kind} by now (UUID {found.UUIDString()})", "run plan again")
    return found
