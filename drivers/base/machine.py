"""Which machine a hypervisor is on: told by an identity, of which the whole may not outlive a restart."""

from __future__ import annotations

import re

_NAMED = re.compile(r"(\S+) (\S+) \((.*)\)")


def machine_identity(hypervisor: str, uuid: str, name: str = "") -> str:
    """'qemu/system 4c4c4544-…', or with the host's `name` behind it in brackets where nothing vouches for
    the UUID: a daemon that finds none makes one up at each start (virSetHostUUIDStr)."""
    return f"{hypervisor} {uuid} ({name})" if name else f"{hypervisor} {uuid}"


def same_machine(before: str, now: str) -> bool:
    """Whether two identities are of one machine: the same UUID, or the same name where nothing vouches for
    the UUIDs."""
    if before == now:
        return True
    old, new = _NAMED.fullmatch(before), _NAMED.fullmatch(now)
    if old is not None and new is not None:
        return old.group(1, 3) == new.group(1, 3) or old.group(1, 2) == new.group(1, 2)
    return _without_name(before) == _without_name(now)


def same_box(one: str, other: str) -> bool:
    """Whether two identities, of hypervisors of any kind, are of one computer as far as anybody knows."""
    return not one or not other or one.split()[1:] == other.split()[1:]


def lasting(identity: str) -> str:
    """What of an identity outlives a restart."""
    named = _NAMED.fullmatch(identity)
    return f"{named[1]} ({named[3]})" if named else identity


def _without_name(identity: str) -> str:
    named = _NAMED.fullmatch(identity)
    return f"{named[1]} {named[2]}" if named else identity
