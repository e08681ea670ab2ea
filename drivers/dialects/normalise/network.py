"""Networks: netmask and prefix are one thing; what a running network adds is dropped."""

from __future__ import annotations

from ipaddress import IPv4Network

from drivers.dialects.model import Platform
from drivers.dialects.normalise.forward import normalise_forward
from drivers.dialects.normalise.metadata import normalise_metadata
from drivers.dialects.normalise.wires import normalise_wires, plain_numbers
from specs.documents.tree import Node
from specs.documents.values import drop_value, is_number


def normalise_network(root: Node, _: Platform) -> None:
    """Normalises a network's tree in place (virNetworkDefFormatBuf)."""
    root.attrs.pop("connections", None)
    root.imply("ipv6", "no")
    for bridge in root.all("bridge"):
        _bridge(bridge)
    for mtu in root.all("mtu"):
        plain_numbers(mtu, "size")
    for route in root.all("route"):
        _prefix(route)
        plain_numbers(route, "metric")
    for dns in root.all("dns"):
        _dns(dns)
    for ip in root.all("ip"):
        _prefix(ip)
        drop_value(ip, "prefix", "0")
        _dhcp(ip)
    normalise_forward(root)
    normalise_wires(root)
    for group in root.all("portgroup"):
        _port_group(group)
    normalise_metadata(root)


def _bridge(bridge: Node) -> None:
    """STP is on unless it is off (virNetworkDefParseXML)."""
    if bridge.attrs.get("stp", "off") != "off":
        bridge.attrs["stp"] = "on"
    plain_numbers(bridge, "delay")


def _prefix(node: Node) -> None:
    """`netmask` is the older spelling of `prefix`; IPv4 addresses have a class's default without."""
    netmask = node.attrs.pop("netmask", "")
    if netmask:
        try:
            node.attrs["prefix"] = str(IPv4Network(f"0.0.0.0/{netmask}").prefixlen)
        except ValueError:
            node.attrs["netmask"] = netmask
    plain_numbers(node, "prefix")
    drop_value(node, "family", "ipv4")


def _dns(dns: Node) -> None:
    """Numbers of a service record that are 0 are not written (virNetworkDNSDefFormat)."""
    for record in dns.all("srv"):
        plain_numbers(record, "port", "priority", "weight")
        for name in ("priority", "weight"):
            drop_value(record, name, "0")
            record.imply(name, "0")


def _dhcp(ip: Node) -> None:
    """Leases (virNetworkDHCPLeaseTimeDefParseXML); a boot file alone is not kept, nor one of IPv6
    (virNetworkIPDefFormat, virNetworkDHCPDefParseXML)."""
    for dhcp in ip.all("dhcp"):
        entries = [*dhcp.all("range"), *dhcp.all("host")]
        for lease in (lease for entry in entries for lease in entry.all("lease")):
            _lease(lease)
        for bootp in dhcp.all("bootp"):
            if not entries or ip.attrs.get("family") == "ipv6" or "file" not in bootp.attrs:
                bootp.lose("")
        if not entries:
            dhcp.lose("")


def _lease(lease: Node) -> None:
    """In seconds, of minutes unless said otherwise; one without an end has no unit."""
    plain_numbers(lease, "expiry", octal=True)
    expiry, factor = lease.attrs.get("expiry", ""), _LEASE_UNITS.get(lease.attrs.get("unit", "minutes"))
    if expiry == "0":
        lease.attrs.pop("unit", None)
    elif factor and is_number(expiry):
        lease.attrs.update(expiry=str(int(expiry) * factor), unit="seconds")


_LEASE_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600}


def _port_group(group: Node) -> None:
    """One that is the default says so, in any case (virNetworkPortGroupParseXML)."""
    if "default" in group.attrs:
        group.attrs["default"] = "yes" if group.attrs["default"].lower() == "yes" else "no"
    group.imply("default", "no")
    normalise_wires(group)
