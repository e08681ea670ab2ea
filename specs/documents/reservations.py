"""Fixed addresses of guests in a network's document: the hosts of its DHCP server (formatnetwork.html)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from lxml import etree

from specs.guests import Reservation
from specs.xml import parse

_HOST_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def reserve(network: etree._Element, wanted: Reservation) -> str:
    """Puts a reservation into a network's document, unless it says the same already. Returns what is in the
    way, '' for nothing: then the document is as it was."""
    subnet = _subnet(network, wanted.ip)
    if isinstance(subnet, str):
        return subnet
    named = wanted.domain if _HOST_NAME.fullmatch(wanted.domain) else ""
    dhcp = subnet.find("dhcp")
    if dhcp is None:
        return (
            f"no DHCP server gives addresses of {_network_of(subnet)} out: say dhcp: {{ranges: [{{start: …,"
            " end: …}]} beside that address of the network"
        )
    if wanted.version == 6 and not named:
        return (
            f"an IPv6 address is given to whoever calls itself by the guest's name, and '{wanted.domain}'"
            " is no host name: letters, digits and '-', beginning with a letter"
        )
    said = {"mac": wanted.mac} if wanted.version == 4 else {"name": named}
    for host in dhcp.iterfind("host"):
        same = [key for key, value in {**said, "ip": wanted.ip}.items() if _same(key, host.get(key), value)]
        if len(same) == len(said) + 1:
            return ""
        if same:
            return f"{host.get('ip')} is kept for {_told(host)} already (ips.dhcp.hosts)"
    if named and not any(host.get("name") == named for host in dhcp.iterfind("host")):
        said["name"] = named
    etree.SubElement(dhcp, "host", {**said, "ip": wanted.ip})
    return ""


def moved_to(document: str, macs: Mapping[str, str]) -> str:
    """A network's document that gives these addresses to other MAC addresses, by address."""
    network = parse(document)
    for host in network.iterfind("ip/dhcp/host"):
        for ip, mac in macs.items():
            if host.get("mac") and _same("ip", host.get("ip"), ip):
                host.set("mac", mac)
    return etree.tostring(network, encoding="unicode", with_tail=False)


def mac_for(network: etree._Element, ip: str) -> str:
    """To which MAC address a network gives an address; '' for none."""
    hosts = network.iterfind("ip/dhcp/host")
    return next((host.get("mac", "").lower() for host in hosts if _same("ip", host.get("ip"), ip)), "")


def _subnet(network: etree._Element, ip: str) -> etree._Element | str:
    """The <ip> in whose network an address is to be had, or why there is none."""
    address, known = ipaddress.ip_address(ip), list(_subnets(network))
    for element, own in known:
        if address not in own.network:
            continue
        if address == own.ip:
            return f"{ip} is the host's own address there"
        edges = {own.network.network_address: "network", own.network.broadcast_address: "broadcast"}
        if own.version == 4 and own.network.prefixlen < 31 and address in edges:
            return f"{ip} is the {edges[address]} address of {own.network}"
        return element
    if not known:
        return (
            "it has no ips:, so that no DHCP server of the host gives addresses out: they come from a server"
            " of that network, or from within the guest (cloudInit: networkConfig)"
        )
    return f"{ip} is in none of its networks: {', '.join(str(own.network) for _, own in known)}"


def prefix_of(network: etree._Element, ip: str) -> int | None:
    """How long the prefix is of the network that an address is in."""
    address = ipaddress.ip_address(ip)
    return next((own.network.prefixlen for _, own in _subnets(network) if address in own.network), None)


def _subnets(
    network: etree._Element,
) -> Iterator[tuple[etree._Element, ipaddress.IPv4Interface | ipaddress.IPv6Interface]]:
    for element in network.iterfind("ip"):
        length = element.get("prefix") or element.get("netmask") or ""
        try:
            text = f"{element.get('address')}/{length}" if length else str(element.get("address"))
            yield element, ipaddress.ip_interface(text)
        except ValueError:
            continue  # libvirt says what is wrong with it


def _network_of(element: etree._Element) -> str:
    return str(next(own.network for found, own in _subnets(element.getparent()) if found is element))  # type: ignore[arg-type]


def _same(key: str, one: str | None, two: str) -> bool:
    if not one or key != "ip":
        return bool(one) and str(one).lower() == two.lower()
    try:
        return ipaddress.ip_address(one) == ipaddress.ip_address(two)
    except ValueError:
        return False


def _told(host: etree._Element) -> str:
    return " ".join(filter(None, (host.get("name"), host.get("mac"), host.get("id")))) or "another one"
