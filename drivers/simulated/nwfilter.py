"""Network filters (virNWFilterDefParseXML, nwfilterDefineXML)."""

from __future__ import annotations

from dataclasses import replace

from drivers.simulated.naming import canonical_uuid, check_identity, check_name, existing
from drivers.simulated.rows import HostRows, StoredObject
from drivers.simulated.xml import parse, refuse, to_text
from specs.identity import Kind

BUILT_IN = frozenset({
    "allow-arp", "allow-dhcp", "allow-dhcp-server", "allow-dhcpv6", "allow-dhcpv6-server",
    "allow-incoming-ipv4", "allow-incoming-ipv6", "allow-ipv4", "allow-ipv6", "clean-traffic",
    "clean-traffic-gateway", "no-arp-ip-spoofing", "no-arp-mac-spoofing", "no-arp-spoofing",
    "no-ip-multicast", "no-ip-spoofing", "no-ipv6-multicast", "no-ipv6-spoofing", "no-mac-broadcast",
    "no-mac-spoofing", "no-other-l2-traffic", "no-other-rarp-traffic", "qemu-announce-self",
    "qemu-announce-self-rarp",
})  # fmt: skip
"""What libvirt installs; it can be referred to without being defined."""


def define(host: HostRows, name: str, document: str) -> None:
    """Creates a filter, or redefines it in place."""
    root = parse(document, "filter")
    check_name(root, name)
    uuid = canonical_uuid(root)
    old = check_identity(host, Kind.NETWORK_FILTER, name, uuid)
    if root.get("chain") is None:
        root.set("chain", "root")
    for rule in root.iterfind("rule"):
        if not rule.get("action") or not rule.get("direction"):
            refuse("rule node requires action and direction attributes", "give both")
        if rule.get("priority") is None:
            rule.set("priority", "500")
    entry = old or StoredObject(Kind.NETWORK_FILTER, name, uuid, "")
    host.save(replace(entry, document=to_text(root)))


def undefine(host: HostRows, name: str) -> None:
    """Removes a filter that no running guest uses."""
    existing(host, Kind.NETWORK_FILTER, name)
    users = [domain for domain, _ in host.uses("filter", name)]
    referring = [
        other.name
        for other in host.entries(Kind.NETWORK_FILTER)
        if parse(other.document).find(f"filterref[@filter='{name}']") is not None
    ]
    if users or referring:
        refuse(f"nwfilter '{name}' is in use", f"used by {', '.join(sorted({*users, *referring}))}")
    host.remove(Kind.NETWORK_FILTER, name)


def check_reference(host: HostRows, name: str, seen: tuple[str, ...] = ()) -> None:
    """Refused unless the filter and all that it refers to exist."""
    if name in BUILT_IN:
        return
    entry = host.entry(Kind.NETWORK_FILTER, name)
    if entry is None:
        refuse(f"referenced filter '{name}' is missing", "define it first")
    if name in seen:
        refuse(f"filter '{name}' refers to itself", "break the loop")
    for reference in parse(entry.document).iterfind("filterref"):
        check_reference(host, reference.get("filter", ""), (*seen, name))
