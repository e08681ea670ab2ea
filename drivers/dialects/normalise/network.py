"""Networks: netmask and prefix are one thing; what a running network adds is dropped."""

from __future__ import annotations

from ipaddress import IPv4Network

from drivers.dialects.model import Platform
from drivers.dialects.normalise.metadata import normalise_metadata
from specs.documents.tree import Node
from specs.documents.values import is_number


def normalise_network(root: Node, _: Platform) -> None:
    """Normalises a network's tree in place (virNetworkDefFormat)."""
    root.attrs.pop("connections", None)
    root.imply("ipv6", "no")
    for node in root.walk():
        if node.tag in ("ip", "route"):
            _prefix(node)
        elif node.tag == "lease":
            _lease(node)
    _forward(root)
    normalise_metadata(root)


def _prefix(node: Node) -> None:
    """`netmask` is the older spelling of `prefix`; IPv4 addresses have a class's default without."""
    netmask = node.attrs.pop("netmask", "")
    if netmask:
        try:
            node.attrs["prefix"] = str(IPv4Network(f"0.0.0.0/{netmask}").prefixlen)
        except ValueError:
            node.attrs["netmask"] = netmask
    if node.attrs.get("family") == "ipv4":
        del node.attrs["family"]


def _lease(node: Node) -> None:
    """In seconds, of minutes unless said otherwise (virNetworkDHCPLeaseTimeDefParseXML)."""
    factor = _LEASE_UNITS.get(node.attrs.get("unit", "minutes"))
    if factor and is_number(node.attrs.get("expiry", "")):
        node.attrs.update(expiry=str(int(node.attrs["expiry"]) * factor), unit="seconds")


_LEASE_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600}


def _forward(root: Node) -> None:
    """`dev` of a forward is its first interface's (virNetworkForwardDefFormat prints both)."""
    forward = root.first("forward")
    if forward is None:
        return
    forward.attrs.setdefault("mode", "nat")
    dev = forward.attrs.pop("dev", "")
    if dev and not any(i.attrs.get("dev") == dev for i in forward.all("interface")):
        forward.add("interface", dev=dev)
    for interface in forward.all("interface"):
        interface.attrs.pop("connections", None)
    for address in forward.all("address"):
        address.attrs.pop("connections", None)
