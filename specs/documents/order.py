"""The order of elements and attributes in documents. libvirt takes any; one and the same has one digest."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

_ORDER: Mapping[str, str] = {
    "domain": "name uuid title description memory currentMemory memoryBacking vcpu cputune os features cpu"
    " clock on_poweroff on_reboot on_crash devices",
    "memoryBacking": "hugepages source access",
    "os": "type firmware loader nvram kernel initrd cmdline init initarg initenv boot",
    "features": "acpi apic smm",
    "cpu": "model topology feature",
    "devices": "emulator disk filesystem interface serial console channel input tpm graphics sound video"
    " hostdev watchdog memballoon rng",
    "disk": "driver source target iotune readonly shareable serial boot",
    "iotune": "total_bytes_sec total_iops_sec",
    "filesystem": "driver source target readonly",
    "interface": "mac source vlan virtualport model driver filterref bandwidth link mtu boot",
    "serial": "source protocol log target",
    "console": "source protocol log target",
    "channel": "source target",
    "rng": "rate backend",
    "network": "name uuid forward bridge mtu domain dns bandwidth vlan virtualport portgroup ip",
    "dns": "forwarder txt host srv",
    "portgroup": "vlan bandwidth",
    "pool": "name uuid source target",
    "source": "host dir device adapter name initiator auth format vendor product",
    "volume": "name capacity allocation target backingStore",
    "target": "path format permissions encryption",
    "secret": "uuid description usage",
    "filter": "uuid filterref rule",
}
_RANKS = {
    tag: {child: rank for rank, child in enumerate(children.split())} for tag, children in _ORDER.items()
}
_LAST = 100
"""The rank of what is not in the order."""

_FIRST: Mapping[str, tuple[str, ...]] = {
    "disk": ("type", "device"),
    "driver": ("name", "type"),
    "feature": ("enabled", "policy", "name"),
    "secret": ("type", "usage", "uuid"),
    "source": ("dev", "mode"),
    "forwarder": ("domain", "addr"),
    "adapter": ("type", "name"),
}
"""Attributes whose order is not that of the fields: what comes first."""


def arrange(element: etree._Element) -> None:
    """Brings an element's children, and theirs, into the order; those of one tag keep theirs."""
    tag = element.tag
    if tag in _FIRST:
        _attributes(element, _FIRST[tag])
    ranks = _RANKS.get(tag)
    children, last, sorted_already = list(element), 0, True
    for child in children:
        if len(child) or child.tag in _FIRST:
            arrange(child)
        if ranks:
            rank = ranks.get(child.tag, _LAST)
            sorted_already, last = sorted_already and rank >= last, rank
    if ranks and not sorted_already:
        element[:] = sorted(children, key=lambda child: ranks.get(child.tag, _LAST))


def _attributes(element: etree._Element, first: tuple[str, ...]) -> None:
    said = {str(name): str(value) for name, value in element.attrib.items()}
    order = [name for name in first if name in said] + [name for name in said if name not in first]
    if order != list(said):
        element.attrib.clear()
        element.attrib.update({name: said[name] for name in order})
