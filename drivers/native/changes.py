"""What differs between two machines, as a list of typed changes: what a driver's define has to do.

for change in changes(current, wanted):
    match change:
        case ValueChanged("memory_max", _, after): ...
        case DeviceAdded("drives", drive): ...
        case DeviceChanged("nics", before, after): differing(before, after) == {"link"}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import count
from typing import Any


@dataclass(frozen=True, slots=True)
class ValueChanged:
    """A field of the machine has another value."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class DeviceAdded:
    """A device of a list (`drives`, `nics`, …) is wanted, and not there."""

    field: str
    device: Any


@dataclass(frozen=True, slots=True)
class DeviceRemoved:
    """A device of a list is there, and not wanted."""

    field: str
    device: Any


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """A device of a list is another one, but for its key."""

    field: str
    before: Any
    after: Any


MachineChange = ValueChanged | DeviceAdded | DeviceRemoved | DeviceChanged


def changes(before: Any, after: Any) -> tuple[MachineChange, ...]:
    """What has to be done to make one dataclass (a Machine, a network, …) of the other: removals first, for
    what is added may need their place."""
    found: list[MachineChange] = []
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old == new:
            continue
        if _has_devices(old) or _has_devices(new):
            found.extend(_devices(field.name, old, new))
        else:
            found.append(ValueChanged(field.name, old, new))
    return tuple(sorted(found, key=lambda change: not isinstance(change, DeviceRemoved)))


def differing(before: Any, after: Any) -> frozenset[str]:
    """The fields in which two devices differ."""
    return frozenset(
        field.name for field in fields(before) if getattr(before, field.name) != getattr(after, field.name)
    )


def _has_devices(value: Any) -> bool:
    return isinstance(value, tuple) and any(hasattr(each, "key") for each in value)


def _devices(field: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[MachineChange]:
    """Devices are paired by their keys; those without one, by their order."""
    for old, new in _paired(before, after):
        if old is None:
            yield DeviceAdded(field, new)
        elif new is None:
            yield DeviceRemoved(field, old)
        elif old != new:
            yield DeviceChanged(field, old, new)


def _paired(before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    there, wanted = _keyed(before), _keyed(after)
    for key in there.keys() & wanted.keys():
        yield there[key], wanted[key]
    left = [old for key, old in there.items() if key not in wanted]
    for new in (new for key, new in wanted.items() if key not in there):
        twin = next((old for old in left if not (old.key and new.key)), None)
        if twin is not None:
            left.remove(twin)
        yield twin, new
    for old in left:
        yield old, None


def _keyed(devices: tuple[Any, ...]) -> dict[tuple[str, int], Any]:
    """Devices by their keys, and the how-manieth of one key each is."""
    found: dict[tuple[str, int], Any] = {}
    for device in devices:
        number = next(number for number in count() if (device.key, number) not in found)
        found[device.key, number] = device
    return found
