"""Parts that several kinds share."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from specs.documents.build import element, maybe
from specs.models.devices.interfaces import Bandwidth, Vlan
from specs.models.storage import Permissions


def vlan(parent: etree._Element, tags: Vlan | None) -> None:
    """<vlan> with its tags (formatnetwork.html#setting-vlan-tag)."""
    if tags:
        node = element(parent, "vlan", trunk=True if tags.trunk else None)
        for tag in tags.tags:
            element(node, "tag", id=tag)


def openvswitch(parent: etree._Element, *, on: bool) -> None:
    """<virtualport> of an Open vSwitch (formatdomain.html#bridge-to-lan)."""
    if on:
        element(parent, "virtualport", type_="openvswitch")


def bandwidth(parent: etree._Element, limits: Bandwidth | None) -> None:
    """<bandwidth> (formatnetwork.html#quality-of-service)."""
    if limits:
        node = element(parent, "bandwidth")
        for direction, rate in (("inbound", limits.inbound), ("outbound", limits.outbound)):
            if rate:
                element(node, direction, average=rate.average, peak=rate.peak, burst=rate.burst)


def permissions(parent: etree._Element, given: Permissions | None) -> None:
    """<permissions> of a pool's or volume's target (formatstorage.html#target-elements)."""
    if given:
        node = element(parent, "permissions")
        maybe(node, "mode", given.mode)
        maybe(node, "owner", given.owner)
        maybe(node, "group", given.group)


FormatOf = Callable[[str, str], str]
"""The format of a volume, by its pool and name."""


def format_of(name: str, given: str | None) -> str:
    """A volume's format: as declared, else by its name."""
    return given or ("qcow2" if name.endswith(".qcow2") else "raw")


def format_by_name(pool: str, name: str) -> str:
    """The format of a volume of which nothing else is known."""
    return format_of(name, None)


def pci_address(address: str) -> dict[str, str]:
    """'0000:03:00.0' as the attributes of libvirt's <address>; the domain may be left out."""
    rest, _, function = address.rpartition(".")
    *domain, bus, slot = rest.split(":")
    parts = {"domain": domain[0] if domain else "0000", "bus": bus, "slot": slot, "function": function}
    return {name: f"0x{part}" for name, part in parts.items()}
