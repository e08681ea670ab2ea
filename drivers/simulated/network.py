"""Networks: rewriting, and the verbs of their definition.

virNetworkDefParseXML, networkValidate, networkDefineXMLFlags of libvirt 9.0.0.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from drivers.simulated.naming import canonical_uuid, check_identity, check_name, existing
from drivers.simulated.rows import HostRows, StoredObject
from drivers.simulated.xml import Element, add, arrange, drop_attributes, ensure, parse, refuse, to_text
from specs.desired import PowerState
from specs.identity import Kind

_ORDER = (
    "name", "uuid", "metadata", "forward", "bridge", "mtu", "mac", "domain", "dns", "vlan", "bandwidth",
    "portOptions", "portgroup", "ip", "route", "virtualport",
    "{http://libvirt.org/schemas/network/dnsmasq/1.0}options",
)  # fmt: skip
_MANAGED = (None, "nat", "route", "open")
"""Forward modes whose bridge belongs to the network."""
_MODES = (*_MANAGED, "bridge", "private", "vepa", "passthrough", "hostdev")
_ADDRESSED = ("nat", "route")


def define(host: HostRows, name: str, document: str) -> None:
    """Creates a network, or redefines it in place."""
    root = parse(document, "network")
    check_name(root, name)
    uuid = canonical_uuid(root)
    old = check_identity(host, Kind.NETWORK, name, uuid)
    _rewrite(root, host, name)
    entry = old or StoredObject(Kind.NETWORK, name, uuid, "", power=PowerState.INACTIVE, autostart=0)
    host.save(replace(entry, document=to_text(root)))


def undefine(host: HostRows, name: str) -> None:
    """Removes an inactive network."""
    if existing(host, Kind.NETWORK, name).live:
        refuse(f"network '{name}' is active", "stop it first")
    host.remove(Kind.NETWORK, name)


def start(host: HostRows, name: str) -> None:
    """Starts a network."""
    entry = existing(host, Kind.NETWORK, name)
    if entry.live:
        return
    host.save(replace(entry, live=entry.document, power=PowerState.ACTIVE))


def stop(host: HostRows, name: str) -> None:
    """Stops a network."""
    entry = existing(host, Kind.NETWORK, name)
    host.save(replace(entry, live=None, power=PowerState.INACTIVE))


def mode_of(root: Element) -> str | None:
    """How a network forwards."""
    forward = root.find("forward")
    return None if forward is None else forward.get("mode", "nat")


def _rewrite(root: Element, host: HostRows, name: str) -> None:
    drop_attributes(root, "connections")
    mode = mode_of(root)
    if mode not in _MODES:
        refuse(f"unknown forwarding type '{mode}'", "allowed: nat, route, open, bridge, private, vepa, …")
    if mode in _ADDRESSED and root.find("ip") is None:
        refuse(
            f"{mode} forwarding requested, but no IP address provided for network '{name}'", "give <ip …/>"
        )
    _forward(root, mode)
    for ip in root.iterfind("ip"):
        if not ip.get("address"):
            refuse(f"Missing required address attribute in network '{name}'", "give <ip address='…'/>")
        arrange(ip, ("tftp", "dhcp"))
        for dhcp in ip.iterfind("dhcp"):
            arrange(dhcp, ("range", "host", "bootp"))
    for dns in root.iterfind("dns"):
        arrange(dns, ("forwarder", "txt", "host", "srv"))
    if mode in _MANAGED:
        _bridge(root, host, name)
    arrange(root, _ORDER, strict=True)


def _forward(root: Element, mode: str | None) -> None:
    forward = root.find("forward")
    if forward is None or mode is None:
        return
    forward.set("mode", mode)
    device = forward.get("dev")
    interfaces = forward.findall("interface")
    if device and not interfaces:
        add(forward, "interface", dev=device)
    elif interfaces and not device:
        forward.set("dev", interfaces[0].get("dev", ""))


def _bridge(root: Element, host: HostRows, name: str) -> None:
    taken = {}
    for other in host.entries(Kind.NETWORK):
        match = re.search(r'<bridge[^>]*\bname="([^"]+)"', other.document)
        if match and other.name != name:
            taken[match[1]] = other.name
    bridge = ensure(root, "bridge")
    given = bridge.get("name", "")
    if given in taken:
        refuse(f"bridge name '{given}' already in use by network '{taken[given]}'", "choose another name")
    stp, delay = bridge.get("stp", "on"), bridge.get("delay", "0")
    rest = {key: value for key, value in bridge.attrib.items() if key not in ("name", "stp", "delay")}
    bridge.attrib.clear()
    bridge.set("name", given or _free_bridge(taken))
    bridge.set("stp", stp)
    bridge.set("delay", delay)
    for key, value in rest.items():
        bridge.set(str(key), str(value))
    mac = ensure(root, "mac")
    if not mac.get("address"):
        mac.set("address", ":".join(("52:54:00", *(f"{byte:02x}" for byte in secrets.token_bytes(3)))))


def _free_bridge(taken: dict[str, str]) -> str:
    number = 0
    while f"virbr{number}" in taken:
        number += 1
    return f"virbr{number}"
