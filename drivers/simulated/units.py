"""libvirt's scaled integers (virScaleInteger): 'KiB' and 'K' are binary, 'KB' is decimal."""

from __future__ import annotations

from drivers.simulated.xml import Element, refuse
from specs.units import unit_factor


def to_bytes(text: str, unit: str) -> int:
    """Bytes of a number in a unit; Refused for a number or unit that libvirt does not know."""
    number, factor = text.strip(), unit_factor(unit)
    if not number.isdigit():
        refuse(f"'{text}' is not a size", "write a whole number")
    if factor is None:
        refuse(
            f"unknown unit '{unit.strip().lower()}'",
            "allowed: bytes, KB, KiB, MB, MiB, GB, GiB, TB, TiB, PB, PiB, EB, EiB",
        )
    return int(number) * factor


def to_kib(element: Element, default: str = "KiB") -> int:
    """Rewrites a size to KiB, rounded up, and returns it."""
    size = -(-to_bytes(element.text or "", element.get("unit", default)) // 1024)
    element.text = str(size)
    element.set("unit", "KiB")
    return size


def to_plain_bytes(element: Element, default: str = "bytes") -> int:
    """Rewrites a size to bytes and returns it."""
    size = to_bytes(element.text or "", element.get("unit", default))
    element.text = str(size)
    element.set("unit", "bytes")
    return size
