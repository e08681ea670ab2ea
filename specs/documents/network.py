"""Network → <network> (formatnetwork.html)."""

from __future__ import annotations

import ipaddress

from lxml import etree

from specs.documents.build import element, maybe, root
from specs.documents.formats import bandwidth, openvswitch, pci_address, vlan
from specs.models.network import Dns, Forward, Network, NetworkIp


def render_network(network: Network) -> etree._Element:
    """The document as far as the spec says it."""
    spec = network.spec
    document = root("network")
    element(document, "name", network.metadata.name)
    maybe(document, "uuid", spec.uuid)
    _forward(document, spec.forward)
    if spec.bridge:
        stp = None if spec.bridge.stp is None else "on" if spec.bridge.stp else "off"
        element(document, "bridge", name=spec.bridge.name, stp=stp, delay=spec.bridge.delay)
    if spec.mtu:
        element(document, "mtu", size=spec.mtu)
    if spec.domain:
        element(document, "domain", name=spec.domain, localOnly=spec.domain_local_only)
    _dns(document, spec.dns)
    bandwidth(document, spec.bandwidth)
    vlan(document, spec.vlan)
    openvswitch(document, on=spec.openvswitch)
    for group in spec.portgroups:
        node = element(document, "portgroup", name=group.name, default=True if group.default else None)
        vlan(node, group.vlan)
        bandwidth(node, group.bandwidth)
    for ip in spec.ips:
        _ip(document, ip)
    return document


def _forward(document: etree._Element, forward: Forward) -> None:
    if forward.mode == "isolated":
        return
    node = element(document, "forward", mode=forward.mode, dev=forward.dev, managed=forward.managed)
    for interface in forward.interfaces:
        element(node, "interface", dev=interface)
    for address in forward.addresses:
        element(node, "address", type_="pci", **pci_address(address))


def _dns(document: etree._Element, dns: Dns | None) -> None:
    if dns is None:
        return
    node = element(document, "dns", enable=dns.enable)
    for forwarder in dns.forwarders:
        element(node, "forwarder", domain=forwarder.domain, addr=forwarder.addr)
    for txt in dns.txt:
        element(node, "txt", name=txt.name, value=txt.value)
    for host in dns.hosts:
        names = element(node, "host", ip=host.ip)
        for name in host.names:
            element(names, "hostname", name)
    for srv in dns.srv:
        element(
            node,
            "srv",
            service=srv.service,
            protocol=srv.protocol,
            domain=srv.domain,
            target=srv.target,
            port=srv.port,
            priority=srv.priority,
            weight=srv.weight,
        )


def _ip(document: etree._Element, ip: NetworkIp) -> None:
    given = ipaddress.ip_interface(ip.address)
    family = "ipv6" if given.version == 6 else None
    node = element(document, "ip", family=family, address=str(given.ip), prefix=given.network.prefixlen)
    if ip.dhcp is None:
        return
    dhcp = element(node, "dhcp")
    for entry in ip.dhcp.ranges:
        element(dhcp, "range", start=entry.start, end=entry.end)
    for host in ip.dhcp.hosts:
        element(dhcp, "host", id=host.id, mac=host.mac, name=host.name, ip=host.ip)
