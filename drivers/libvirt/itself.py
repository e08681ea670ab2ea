"""Of Xen: the domain that is the host itself stands among its guests, and is none of them."""

from __future__ import annotations

import libvirt

from drivers.base.errors import NotFound

_NAME = "Domain-0"
_UUID = "0" * 8 + "-0000-0000-0000-" + "0" * 12
"""What it is called everywhere, by no choice of anybody's (libxlAddDom0, xenDaemonDomainFetch)."""


def is_itself(domain: libvirt.virDomain) -> bool:
    """Whether a domain is the host that it runs on."""
    return bool(domain.name() == _NAME and domain.UUIDString() == _UUID)


def guest(handle: libvirt.virConnect, name: str) -> libvirt.virDomain:
    """The guest of that name; the host itself is not to be found among them."""
    found = handle.lookupByName(name)
    if name == _NAME and is_itself(found):
        raise NotFound(f"{_NAME} is the host itself and no guest", "leave it out of the files")
    return found


def guests(handle: libvirt.virConnect, flags: int = 0) -> list[libvirt.virDomain]:
    """All guests, or those that the flags of the list call are about."""
    return [domain for domain in handle.listAllDomains(flags) if not _may_be(domain) or not is_itself(domain)]


def _may_be(domain: libvirt.virDomain) -> bool:
    """Only what runs may be the host (its number is 0), which costs nothing to ask."""
    return bool(domain.ID() == 0)
