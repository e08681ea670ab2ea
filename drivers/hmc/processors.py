"""A partition's processors: dedicated, or shared with an entitlement; read and written.

IBM: "Logical Partition" (PartitionProcessorConfiguration); the order of the elements as in pypowervm's
base_partition.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.hmc.elements import Element, boolean, decimal, drop, find, integer, made, place, put, text

_ORDER = (
    "DedicatedProcessorConfiguration", "HasDedicatedProcessors", "SharedProcessorConfiguration",
    "SharingMode", "CurrentHasDedicatedProcessors", "CurrentSharingMode",
    "CurrentDedicatedProcessorConfiguration", "RuntimeHasDedicatedProcessors", "RuntimeSharingMode",
    "CurrentSharedProcessorConfiguration",
)  # fmt: skip
_SHARED = (
    "DesiredProcessingUnits", "DesiredVirtualProcessors", "MaximumProcessingUnits",
    "MaximumVirtualProcessors", "MinimumProcessingUnits", "MinimumVirtualProcessors",
    "SharedProcessorPoolID", "UncappedWeight",
)  # fmt: skip
_DEDICATED = ("DesiredProcessors", "MaximumProcessors", "MinimumProcessors")
DEFAULT_WEIGHT = 128
KEEP_IDLE = "sre idle proces"
"""How the console spells that idle processors of a stopped partition are shared (pypowervm's
DedicatedSharingMode): its default for dedicated processors."""


@dataclass(frozen=True, slots=True)
class Processors:
    """`count` of at most `most` virtual processors. Dedicated ones are whole; shared ones are entitled to
    `units` processors' time in all, and may have more by their `weight`, unless that is None: capped."""

    count: int
    most: int
    dedicated: bool = False
    units: float = 0.0
    weight: int | None = DEFAULT_WEIGHT


def read_processors(configuration: Element) -> Processors:
    """The processors that a PartitionProcessorConfiguration asks for."""
    if boolean(configuration, "HasDedicatedProcessors"):
        own = "DedicatedProcessorConfiguration/"
        count = integer(configuration, own + "DesiredProcessors", 1)
        return Processors(
            count, max(count, integer(configuration, own + "MaximumProcessors")), dedicated=True
        )
    own = "SharedProcessorConfiguration/"
    count = integer(configuration, own + "DesiredVirtualProcessors", 1)
    capped = text(configuration, "SharingMode") == "capped"
    return Processors(
        count,
        max(count, integer(configuration, own + "MaximumVirtualProcessors")),
        units=decimal(configuration, own + "DesiredProcessingUnits"),
        weight=None if capped else integer(configuration, own + "UncappedWeight"),
    )


def write_processors(configuration: Element, wanted: Processors, least_units: float) -> bool:
    """Makes a configuration ask for these processors; whether that changed it. `least_units` is what the
    system gives a virtual processor at least."""
    changed = put(configuration, "HasDedicatedProcessors", str(wanted.dedicated).lower(), _ORDER)
    if wanted.dedicated:
        return _write_dedicated(configuration, wanted, fresh=changed) or changed
    return _write_shared(configuration, wanted, least_units, fresh=changed) or changed


def _write_dedicated(configuration: Element, wanted: Processors, *, fresh: bool) -> bool:
    drop(configuration, "SharedProcessorConfiguration")
    own = _holder(configuration, "DedicatedProcessorConfiguration")
    least = 1 if fresh else min(integer(own, "MinimumProcessors", 1), wanted.count)
    values = {"DesiredProcessors": wanted.count, "MaximumProcessors": wanted.most, "MinimumProcessors": least}
    changed = _put_all(own, {name: str(value) for name, value in values.items()}, _DEDICATED)
    if fresh:
        put(configuration, "SharingMode", KEEP_IDLE, _ORDER)
    return changed


def _write_shared(configuration: Element, wanted: Processors, least_units: float, *, fresh: bool) -> bool:
    drop(configuration, "DedicatedProcessorConfiguration")
    own = _holder(configuration, "SharedProcessorConfiguration")
    least = 1 if fresh else min(integer(own, "MinimumVirtualProcessors", 1), wanted.count)
    fewest = round(least_units * least, 2)
    lowest = fewest if fresh else min(decimal(own, "MinimumProcessingUnits", fewest), wanted.units)
    highest = max(decimal(own, "MaximumProcessingUnits"), wanted.units, least_units * wanted.most)
    if fresh or highest > wanted.most:
        highest = float(wanted.most)
    values = {
        "DesiredProcessingUnits": _number(wanted.units),
        "DesiredVirtualProcessors": str(wanted.count),
        "MaximumProcessingUnits": _number(highest),
        "MaximumVirtualProcessors": str(wanted.most),
        "MinimumProcessingUnits": _number(lowest),
        "MinimumVirtualProcessors": str(least),
    }
    if wanted.weight is not None:
        values["UncappedWeight"] = str(wanted.weight)
    changed = _put_all(own, values, _SHARED)
    mode = "capped" if wanted.weight is None else "uncapped"
    return put(configuration, "SharingMode", mode, _ORDER) or changed


def _put_all(holder: Element, values: dict[str, str], order: tuple[str, ...]) -> bool:
    written = [
        put(holder, name, value, order)
        for name, value in values.items()
        if not (text(holder, name) and _same(text(holder, name), value))
    ]
    return any(written)


def _holder(configuration: Element, tag: str) -> Element:
    found = find(configuration, tag)
    if found is None:
        found = made(tag)
        configuration.append(found)
        place(configuration, found, _ORDER)
    return found


def _number(value: float) -> str:
    return f"{round(value, 2):g}"


def _same(one: str, other: str) -> bool:
    """'0.50' and '0.5' are one number."""
    try:
        return float(one) == float(other)
    except ValueError:
        return False
