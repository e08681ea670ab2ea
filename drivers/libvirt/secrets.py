"""How libvirt's secrets are told apart: 'usage-type:usage-id', or by the UUID of one without a usage."""

from __future__ import annotations

import re

import libvirt

from drivers.base.errors import NotFound

_USAGES = {
    libvirt.VIR_SECRET_USAGE_TYPE_VOLUME: "volume",
    libvirt.VIR_SECRET_USAGE_TYPE_CEPH: "ceph",
    libvirt.VIR_SECRET_USAGE_TYPE_ISCSI: "iscsi",
    libvirt.VIR_SECRET_USAGE_TYPE_TLS: "tls",
    libvirt.VIR_SECRET_USAGE_TYPE_VTPM: "vtpm",
}
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def lookup(handle: libvirt.virConnect, name: str) -> libvirt.virSecret:
    """The secret of that name; raises libvirtError when there is none."""
    usage, separator, identifier = name.partition(":")
    if not separator:
        if not _UUID.fullmatch(name):
            raise NotFound(f"there is no secret {name}", "a secret is named 'usage-type:usage' or by UUID")
        return handle.secretLookupByUUIDString(name)
    numbers = {word: number for number, word in _USAGES.items()}
    return handle.secretLookupByUsage(numbers.get(usage, 0), identifier)


def secret_name(secret: libvirt.virSecret) -> str:
    """What a secret is called. Raises UnicodeDecodeError where its usage is not UTF-8."""
    usage = secret.usageType()
    if usage == libvirt.VIR_SECRET_USAGE_TYPE_NONE:
        return str(secret.UUIDString())
    return f"{_USAGES.get(usage, str(usage))}:{secret.usageID()}"
