"""Entries of an active network: virNetworkUpdate (virNetworkDefUpdateSection of libvirt 9.0.0)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from drivers.base import NetworkChange, NetworkSection, SectionCommand
from drivers.base.errors import Unsupported
from drivers.simulated.naming import existing
from drivers.simulated.rows import HostRows
from drivers.simulated.xml import Element, add, arrange, parse, refuse, to_text
from specs.identity import Kind

_TAGS: Mapping[NetworkSection, str] = {
    NetworkSection.DHCP_HOST: "host",
    NetworkSection.DHCP_RANGE: "range",
    NetworkSection.FORWARD_INTERFACE: "interface",
    NetworkSection.PORTGROUP: "portgroup",
    NetworkSection.DNS_HOST: "host",
    NetworkSection.DNS_TXT: "txt",
    NetworkSection.DNS_SRV: "srv",
}
_MODIFIABLE = frozenset({NetworkSection.DHCP_HOST, NetworkSection.PORTGROUP})


def update(host: HostRows, name: str, change: NetworkChange) -> None:
    """Changes the live document alone; Refused where libvirt refuses the entry."""
    network = existing(host, Kind.NETWORK, name)
    if not network.live:
        refuse(f"network '{name}' is not active", "an inactive network is changed by defining it")
    section, command, entry = change.section, change.command, parse(change.entry)
    if entry.tag != _TAGS[section]:
        refuse(f"section '{section}' takes <{_TAGS[section]}>, not <{entry.tag}>")
    if command is SectionCommand.MODIFY and section not in _MODIFIABLE:
        raise Unsupported(f"entries of '{section}' cannot be modified, only added or deleted")
    root = parse(network.live)
    container = _container(root, section, change.subnet, entry)
    old = _find(container, section, entry)
    if command is SectionCommand.ADD:
        if old is not None:
            refuse(f"there is an existing '{section}' entry in network '{name}' that matches", "modify it")
        container.append(entry)
    elif old is None:
        refuse(f"couldn't locate a matching '{section}' entry in network '{name}'")
    elif command is SectionCommand.DELETE:
        container.remove(old)
    else:
        container.replace(old, entry)
    _tidy(root, container)
    host.save(replace(network, live=to_text(root)))


def _container(root: Element, section: NetworkSection, parent: int, entry: Element) -> Element:
    """The element that holds the section's entries, created where it may be."""
    if section is NetworkSection.PORTGROUP:
        return root
    if section is NetworkSection.FORWARD_INTERFACE:
        return _child(root, "forward", ("name", "uuid", "metadata", "forward"))
    if section in (NetworkSection.DNS_HOST, NetworkSection.DNS_TXT, NetworkSection.DNS_SRV):
        before = ("name", "uuid", "metadata", "forward", "bridge", "mtu", "mac", "domain", "dns")
        return _child(root, "dns", before)
    ips = root.findall("ip")
    if parent >= len(ips) or not ips:
        refuse(f"couldn't find an <ip> element with index {parent}", f"the network has {len(ips)}")
    if parent >= 0:
        ip = ips[parent]
    else:
        with_dhcp = [ip for ip in ips if ip.find("dhcp") is not None]
        matching = [ip for ip in with_dhcp if _find(_child(ip, "dhcp", ()), section, entry) is not None]
        ip = (matching or with_dhcp or ips)[0]
    return _child(ip, "dhcp", ("tftp", "dhcp"))


def _child(parent: Element, tag: str, order: tuple[str, ...]) -> Element:
    child = parent.find(tag)
    if child is None:
        child = add(parent, tag)
        arrange(parent, order)
    return child


def _tidy(root: Element, container: Element) -> None:
    if container.tag == "dhcp":
        arrange(container, ("range", "host", "bootp"))
    if container.tag == "dns":
        arrange(container, ("forwarder", "txt", "host", "srv"))
    if container is root:
        arrange(root, (), ("portgroup", "ip", "route", "virtualport"))
    elif not len(container) and not container.attrib:
        holder = container.getparent()
        if holder is not None:
            holder.remove(container)


def _find(container: Element, section: NetworkSection, entry: Element) -> Element | None:
    """An entry with the same key; Refused for one without any key."""
    for other in container.iterfind(_TAGS[section]):
        if _SAME[section](other, entry):
            return other
    return None


def _same_host(one: Element, other: Element) -> bool:
    """virNetworkDefUpdateIPDHCPHost: the MAC, else the name, else the address."""
    if one.get("mac") and other.get("mac"):
        return one.get("mac", "").lower() == other.get("mac", "").lower()
    for key in ("id", "name", "ip"):
        if one.get(key) and other.get(key):
            return one.get(key) == other.get(key)
    return False


def _same(*keys: str) -> Callable[[Element, Element], bool]:
    return lambda one, other: all(one.get(key) == other.get(key) for key in keys)


_SAME: Mapping[NetworkSection, Callable[[Element, Element], bool]] = {
    NetworkSection.DHCP_HOST: _same_host,
    NetworkSection.DHCP_RANGE: _same("start", "end"),
    NetworkSection.FORWARD_INTERFACE: _same("dev"),
    NetworkSection.PORTGROUP: _same("name"),
    NetworkSection.DNS_HOST: _same("ip"),
    NetworkSection.DNS_TXT: _same("name"),
    NetworkSection.DNS_SRV: _same("service", "protocol", "domain", "target", "port", "priority", "weight"),
}
