"""Network filters (virNWFilterDefParseXML, nwfilterDefineXML)."""

from __future__ import annotations

from drivers.simulated.rows import HostRows
from drivers.simulated.xml import Element, parse, refuse
from specs.identity import FACTS, Kind


def rewrite(root: Element) -> None:
    """Says what a filter and its rules have by default."""
    if root.get("chain") is None:
        root.set("chain", "root")
    for rule in root.iterfind("rule"):
        if not rule.get("action") or not rule.get("direction"):
            refuse("rule node requires action and direction attributes", "give both")
        if rule.get("priority") is None:
            rule.set("priority", "500")


def check_unused(host: HostRows, name: str) -> None:
    """Refused while a running guest or another filter uses it."""
    users = [domain for domain, _ in host.uses("filter", name)]
    referring = [
        other.name
        for other in host.entries(Kind.NETWORK_FILTER)
        if parse(other.document).find(f"filterref[@filter='{name}']") is not None
    ]
    if users or referring:
        refuse(f"nwfilter '{name}' is in use", f"used by {', '.join(sorted({*users, *referring}))}")


def check_reference(host: HostRows, name: str, seen: tuple[str, ...] = ()) -> None:
    """Refused unless the filter and all that it refers to exist."""
    if name in FACTS[Kind.NETWORK_FILTER].ships:
        return
    entry = host.entry(Kind.NETWORK_FILTER, name)
    if entry is None:
        refuse(f"referenced filter '{name}' is missing", "define it first")
    if name in seen:
        refuse(f"filter '{name}' refers to itself", "break the loop")
    for reference in parse(entry.document).iterfind("filterref"):
        check_reference(host, reference.get("filter", ""), (*seen, name))
