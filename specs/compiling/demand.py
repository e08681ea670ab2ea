"""What a domain takes of its host, by its document."""

from __future__ import annotations

from lxml import etree

from specs.guests import Demand
from specs.units import unit_factor


def demand_of(domain: etree._Element) -> Demand:
    """The virtual CPUs that are plugged in, and the memory that the guest has now."""
    vcpu = domain.find("vcpu")
    cpus = (vcpu.get("current") or vcpu.text or "1").strip() if vcpu is not None else "1"
    memory = _kib(domain.find("currentMemory")) or _kib(domain.find("memory"))
    return Demand(int(cpus) if cpus.isdecimal() else 1, memory)


def _kib(node: etree._Element | None) -> int:
    """An amount of memory; 0 when nothing, or nothing that is a number, is said."""
    text = (node.text or "").strip() if node is not None else ""
    if node is None or not text.isdecimal():
        return 0
    return -(-int(text) * (unit_factor(node.get("unit", "KiB")) or 1024) // 1024)
