"""What a machine that runs is told: what VirtualBox changes then, exactly once, and nothing else: pure.

`controlvm` sets a card's link and network and the CPU's share, `storageattach` changes media and plugs SATA
disks (the manual's chapters on both). modifyvm wants the machine's lock, which its running process holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.base.errors import Refused
from drivers.native.changes import (
    DeviceAdded,
    DeviceChanged,
    DeviceRemoved,
    MachineChange,
    ValueChanged,
    changes,
    differing,
)
from drivers.native.machine import Machine
from drivers.vbox.reading import Neighbourhood, SettingsFile
from drivers.vbox.storing import attach, detach, medium, plugs_of
from drivers.vbox.writing import Words, attachment, cap, remembering

_CABLE = frozenset({"link", "type", "network", "bridge", "internal"})
_CONTENT = frozenset({"type", "format", "file", "block", "pool", "volume", "address", "readonly"})
_ELSEWHERE = frozenset({"firmware_features", "title", "mark", "vcpu_quota", "vcpu_period"})


def changing_live(current: SettingsFile, wanted: Machine, around: Neighbourhood) -> tuple[Words, ...]:
    """Makes a machine that runs what is wanted. Raises Refused where any of it needs it stopped: then nothing
    of it is done."""
    found = list(_steps(current, wanted, around))
    waiting = [step for step in found if isinstance(step, str)]
    if waiting:
        raise Refused(f"it runs, and this needs it stopped: {', '.join(sorted(waiting))}", "stop it first")
    return (*(step for step in found if not isinstance(step, str)), *remembering(current, wanted))


def _steps(current: SettingsFile, wanted: Machine, around: Neighbourhood) -> Iterator[Words | str]:
    """Commands, and the names of what cannot be done."""
    uuid = current.machine.uuid or ""
    if cap(current.machine) != cap(wanted):
        yield ("controlvm", uuid, "cpuexecutioncap", str(cap(wanted)))
    for change in changes(current.machine, wanted):
        if isinstance(change, ValueChanged) and change.field in _ELSEWHERE:
            continue
        yield from _step(change, current, wanted, around)


def _step(
    change: MachineChange, current: SettingsFile, wanted: Machine, around: Neighbourhood
) -> Iterator[Words | str]:
    uuid = current.machine.uuid or ""
    match change:
        case DeviceChanged("nics", before, after) if differing(before, after) <= _CABLE:
            slot = current.slots[before.key]
            if differing(before, after) - {"link"}:
                yield ("controlvm", uuid, f"nic{slot}", *attachment(after, around))
            if before.connected != after.connected:
                yield ("controlvm", uuid, f"setlinkstate{slot}", "on" if after.connected else "off")
        case DeviceChanged("drives", before, after) if _same_drive(before, after):
            if medium(before, around) != medium(after, around):
                if after.device == "disk":
                    yield f"disk {after.key}"
                else:
                    yield attach(current, current.plugs[after.key], after, around, hot=True)
        case DeviceAdded("drives", drive) if _pluggable(drive, current):
            yield attach(current, plugs_of(current, wanted)[drive.key], drive, around, hot=True)
        case DeviceRemoved("drives", drive) if _pluggable(drive, current):
            yield detach(current, drive.key)
        case ValueChanged(field, _, _):
            yield field.replace("_", " ")
        case DeviceAdded(field, device) | DeviceRemoved(field, device):
            yield f"{field} {device.key}".strip()
        case DeviceChanged(field, before, _):
            yield f"{field} {before.key}".strip()


def _same_drive(before: object, after: object) -> bool:
    return differing(before, after) <= _CONTENT


def _pluggable(drive: object, current: SettingsFile) -> bool:
    has_controller = "AHCI" in current.chips.values()
    return getattr(drive, "bus", "") == "sata" and getattr(drive, "device", "") == "disk" and has_controller
