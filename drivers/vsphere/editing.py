"""The devices of a machine as vSphere is told of them: changes of those that are there, and their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drivers.native.changes import differing
from drivers.native.devices import VideoCard
from drivers.native.machine import Machine
from drivers.vsphere.draft import ConfigDraft
from drivers.vsphere.hotplug import MEDIUM
from drivers.vsphere.parts import limit_of, medium_of, new_controller, new_drive, new_nic, plugged
from drivers.vsphere.reading import boot_groups, boot_numbers
from drivers.vsphere.soap import number

_NAMES = {"drives": "drive ", "nics": "nic ", "controllers": "controller ", "videos": "video"}


def name_of(where: str, device: Any) -> str:
    """What a device is called among those of `reading.Hardware`."""
    return f"{_NAMES[where]}{device.key}"


def edit(draft: ConfigDraft, where: str, before: Any, after: Any) -> None:
    """A device that is there, with what differs of it."""
    from pyVmomi import vim

    parts = differing(before, after) - {"boot", "address"}
    if not parts:
        return
    device = draft.known(name_of(where, before))
    if (where == "nics" and "model" in parts) or where == "controllers":
        _exchange(draft, where, device, after)
        return
    if "network" in parts and where == "nics":
        device.backing = draft.networks(after.network or "")
    if "link" in parts:
        device.connectable = plugged(vim, after.connected)
    if "iops" in parts:
        device.storageIOAllocation = limit_of(after)
    if parts & MEDIUM and where == "drives":
        if after.device == "disk":
            draft.ask(device, "remove")
            draft.ask(new_drive(draft, after), "add")
            return
        device.backing, device.connectable = medium_of(after), plugged(vim, bool(after.source))
    if isinstance(after, VideoCard):
        device.videoRamSizeInKB, device.numDisplays = after.vram, after.heads
    draft.ask(device, "edit")


def _exchange(draft: ConfigDraft, where: str, device: Any, after: Any) -> None:
    """Another type of device in the place of the old one; what is plugged into a controller goes along."""
    draft.ask(device, "remove")
    if where == "nics":
        draft.ask(new_nic(draft, after), "add")
        return
    key = draft.new_key()
    draft.ask(new_controller(draft, after.type, after.index or 0, key), "add")
    for name, element in (draft.now.devices if draft.now else {}).items():
        if name.startswith("drive ") and number(element, "controllerKey") == device.key:
            moved = draft.known(name)
            moved.controllerKey = key
            draft.ask(moved, "edit")


def boot(draft: ConfigDraft) -> None:
    """The order in which devices are booted from. Those that a request adds have no key yet: they follow at
    the next one."""
    from pyVmomi import vim

    draft.spec.bootOptions = draft.spec.bootOptions or vim.vm.BootOptions()
    keys = {name: number(each, "key") for name, each in (draft.now.devices if draft.now else {}).items()}
    draft.spec.bootOptions.bootOrder = list(_bootable(draft.wanted, keys))


def _bootable(wanted: Machine, keys: Mapping[str, int | None]) -> list[Any]:
    from pyVmomi import vim

    options = vim.vm.BootOptions
    groups = boot_groups(wanted)
    names = [name for word in wanted.boot for name in groups.get(word, ())]
    if not wanted.boot:
        places = boot_numbers(wanted)
        cdroms = {f"drive {one.key}" for one in wanted.drives if one.device == "cdrom"}
        names = ["cdrom" if name in cdroms else name for name in sorted(places, key=places.__getitem__)]
    found: list[Any] = []
    for name in names:
        if name == "cdrom":
            found.append(options.BootableCdromDevice())
        elif name == "fd":
            found.append(options.BootableFloppyDevice())
        elif (key := keys.get(name)) is not None:
            disk = name.startswith("drive ")
            type_ = options.BootableDiskDevice if disk else options.BootableEthernetDevice
            found.append(type_(deviceKey=key))
    return found
