"""What makes of a machine that is there another one: the cmdlets, and what of it needs it to be off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.base.errors import Refused
from drivers.hyperv import writing
from drivers.hyperv.steps import CmdletStep, step
from drivers.hyperv.writing import Folders
from drivers.native import (
    DeviceAdded,
    DeviceChanged,
    DeviceRemoved,
    Drive,
    Machine,
    MachineChange,
    Nic,
    ValueChanged,
    changes,
    differing,
)

_FIXED = {
    "firmware": "its generation (firmware bios or uefi) is fixed when it is made: replace it",
    "uuid": "Hyper-V gives a machine its UUID",
}
_MEMORY = frozenset({"memory", "memory_max", "memory_reserved"})
_FREE = frozenset({"description", "mark"})


@dataclass(frozen=True, slots=True)
class Changing:
    """The steps in their order, and what of it can only be done while the machine is off."""

    steps: tuple[CmdletStep, ...]
    cold: tuple[str, ...]


def changing(current: Machine, wanted: Machine, folders: Folders) -> Changing:
    """What to do. Raises Refused for what is fixed for good."""
    found = changes(current, wanted)
    for change in found:
        if change.field in _FIXED:
            raise Refused(_FIXED[change.field])
    cold = [_told(change) for change in found if not is_live(change, current, wanted)]
    if _boots_otherwise(current, wanted):
        cold.append("boot order")
    return Changing(tuple(_steps(found, current, wanted, folders)), tuple(dict.fromkeys(cold)))


def is_live(change: MachineChange, current: Machine, wanted: Machine) -> bool:
    """Whether a change is made while the machine runs, by Microsoft's pages of the cmdlets and
    https://learn.microsoft.com/windows-server/virtualization/hyper-v/what-s-new-in-hyper-v-on-windows
    ('Hot add and remove for network adapters and memory': static memory in both generations, adapters in the
    second; disks on SCSI since ever)."""
    match change:
        case ValueChanged(field=field):
            fixed = not (writing.is_dynamic(current) or writing.is_dynamic(wanted))
            return field in _FREE or (field in _MEMORY and fixed)
        case DeviceAdded(device=Drive() as drive) | DeviceRemoved(device=Drive() as drive):
            return drive.bus == "scsi" and drive.device == "disk"
        case DeviceAdded(device=Nic()) | DeviceRemoved(device=Nic()):
            return writing.generation_of(current) == 2
        case DeviceChanged(before=Drive() as before, after=Drive() as after):
            return after.device == "cdrom" and not differing(before, after) & {"device", "boot", "bus"}
        case DeviceChanged(before=Nic() as before, after=Nic() as after):
            return not differing(before, after) & {"model", "boot"}
        case _:
            return False


def _steps(
    found: tuple[MachineChange, ...], current: Machine, wanted: Machine, folders: Folders
) -> Iterator[CmdletStep]:
    fields = {change.field for change in found if isinstance(change, ValueChanged)}
    if fields & _FREE:
        yield writing.notes(wanted)
    if fields & _MEMORY:
        yield from writing.memory(wanted)
    if "vcpus" in fields:
        yield from writing.processors(wanted)
    for change in found:
        yield from _device(change, folders)
    if any(change.field == "firmware_features" for change in found):
        yield from writing.firmware(wanted)
    if _boots_otherwise(current, wanted):
        yield from writing.boot_order(wanted, current)


def _device(change: MachineChange, folders: Folders) -> Iterator[CmdletStep]:
    match change:
        case DeviceRemoved(device=Drive() as drive):
            yield writing.removing_drive(drive)
        case DeviceAdded(device=Drive() as drive):
            yield writing.adding_drive(drive, folders)
        case DeviceChanged(before=Drive() as before, after=Drive() as after):
            yield from _drive(before, after, folders)
        case DeviceRemoved(device=Nic() as nic):
            yield step("Remove-VMNetworkAdapter", VMNetworkAdapter=writing.part_of(nic))
        case DeviceAdded(device=Nic() as nic):
            yield from writing.adding_nic(nic)
        case DeviceChanged(before=Nic() as before, after=Nic() as after):
            yield from _nic(before, after)
        case DeviceAdded(field="serials", device=port) | DeviceChanged(field="serials", after=port):
            yield writing.setting_port(port)
        case DeviceRemoved(field="serials", device=port):
            yield writing.setting_port(port, there=False)


def _drive(before: Drive, after: Drive, folders: Folders) -> Iterator[CmdletStep]:
    if before.device != after.device or before.bus != after.bus:
        yield writing.removing_drive(before)
        yield writing.adding_drive(after, folders)
    elif differing(before, after) & {"file", "pool", "volume"}:
        yield writing.filling_drive(after, folders)


def _nic(before: Nic, after: Nic) -> Iterator[CmdletStep]:
    other = differing(before, after)
    if "model" in other:
        yield step("Remove-VMNetworkAdapter", VMNetworkAdapter=writing.part_of(before))
        yield from writing.adding_nic(after)
        return
    if "network" in other:
        yield writing.connecting_nic(after)
    if other & {"vlans", "trunk"}:
        yield writing.vlans(after)


def _boots_otherwise(current: Machine, wanted: Machine) -> bool:
    if current.boot != wanted.boot:
        return True
    before = {device.key: device.boot for device in writing.devices(current)}
    return any(device.boot != before.get(device.key) for device in writing.ranked(wanted))


def _told(change: MachineChange) -> str:
    match change:
        case ValueChanged(field=field):
            return field.replace("_", " ")
        case DeviceAdded(field=field, device=device) | DeviceRemoved(field=field, device=device):
            return f"{field.removesuffix('s')} {device.key}".strip()
        case DeviceChanged(field=field, after=device):
            return f"{field.removesuffix('s')} {device.key}".strip()
