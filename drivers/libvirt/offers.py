"""The models of devices that a hypervisor can give a domain, from virConnectGetDomainCapabilities."""

from __future__ import annotations

from collections.abc import Mapping

import libvirt
from lxml import etree

from drivers.base import MachineType, Offer
from drivers.libvirt.errors import is_lost
from specs.xml import parse

_ENUMERATED: Mapping[str, tuple[str, str]] = {
    "devices/video/model/@type": ("video", "modelType"),
    "devices/graphics/@type": ("graphics", "type"),
    "devices/rng/@model": ("rng", "model"),
    "devices/rng/backend/@model": ("rng", "backendModel"),
    "devices/tpm/@model": ("tpm", "model"),
    "devices/tpm/backend/@type": ("tpm", "backendModel"),
}
"""Where a domain says a value that is refused unless it stands in an enumeration of its device: those that
qemuValidateDomainDeviceDef looks up there. The others are incomplete, and decide nothing."""


def offers_of(handle: libvirt.virConnect, machine: MachineType) -> Offer:
    """What the hypervisor's own enumerations allow. {} for a machine type or emulator that it lacks, and over
    a read-only connection: that may not ask (virConnectGetDomainCapabilities)."""
    try:
        text = handle.getDomainCapabilities(
            machine.emulator or None,
            machine.arch or None,
            machine.name or None,
            machine.domain_type or None,
            0,
        )
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        return {}
    root = parse(text)
    found = {path: _values(root, *where) for path, where in _ENUMERATED.items()}
    return {path: values for path, values in found.items() if values}


def _values(root: etree._Element, device: str, name: str) -> frozenset[str]:
    values = root.iterfind(f"devices/{device}[@supported='yes']/enum[@name='{name}']/value")
    return frozenset(value.text or "" for value in values)
