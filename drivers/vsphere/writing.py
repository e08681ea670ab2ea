"""A machine as vSphere is told of it: what a new one has, or what differs of one that is there. Pure but for
pyVmomi's types, and the counterpart of `reading`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from drivers.base.errors import Refused
from drivers.native.changes import (
    DeviceAdded,
    DeviceChanged,
    DeviceRemoved,
    MachineChange,
    ValueChanged,
    differing,
)
from drivers.native.machine import Machine
from drivers.native.marking import with_mark
from drivers.vsphere.draft import Backing, ConfigDraft
from drivers.vsphere.editing import boot, edit, name_of
from drivers.vsphere.parts import controller_for, new_drive, new_nic
from drivers.vsphere.reading import Hardware
from drivers.vsphere.words import datastore_path

DEFAULT_GUEST = "otherGuest64"


def created(wanted: Machine, datastore: str, networks: Backing) -> Any:
    """The specification of a new machine."""
    from pyVmomi import vim

    spec = vim.vm.ConfigSpec(
        name=wanted.name,
        files=vim.vm.FileInfo(vmPathName=datastore_path(datastore, "")),
        uuid=wanted.uuid,
        instanceUuid=wanted.uuid,
        version=wanted.machine,
        guestId=wanted.guest or DEFAULT_GUEST,
        deviceChange=[],
    )
    draft = ConfigDraft(None, wanted, networks, lambda _: None, spec)
    for name in (
        "memory_max",
        "vcpus",
        "layout",
        "firmware",
        "firmware_features",
        "shares",
        "memory_reserved",
    ):
        _value(draft, name)
    _value(draft, "description")
    for controller in wanted.controllers:
        controller_for(draft, controller.type or "scsi", controller.index or 0)
    for drive in wanted.drives:
        draft.ask(new_drive(draft, drive), "add")
    for nic in wanted.nics:
        draft.ask(new_nic(draft, nic), "add")
    return spec


def changed(
    now: Hardware,
    wanted: Machine,
    wishes: Sequence[MachineChange],
    networks: Backing,
    device: Callable[[Any], Any],
) -> Any:
    """The specification of what differs."""
    from pyVmomi import vim

    draft = ConfigDraft(now, wanted, networks, device, vim.vm.ConfigSpec(deviceChange=[]))
    booted = False
    for wish in sorted(wishes, key=_order):
        match wish:
            case ValueChanged(name, _, _):
                booted = booted or name == "boot"
                _value(draft, name)
            case DeviceRemoved("controllers", _) if wish.device.type not in ("scsi", "sata"):
                continue
            case DeviceRemoved(_, gone):
                draft.ask(draft.known(name_of(wish.field, gone)), "remove")
            case DeviceAdded("controllers", each):
                controller_for(draft, each.type or "scsi", each.index or 0)
            case DeviceAdded("drives", each):
                draft.ask(new_drive(draft, each), "add")
            case DeviceAdded("nics", each):
                draft.ask(new_nic(draft, each), "add")
            case DeviceChanged(_, before, after):
                booted = booted or "boot" in differing(before, after)
                edit(draft, wish.field, before, after)
            case _:
                raise Refused(f"{wish.field} cannot be added on vSphere")
    if booted:
        boot(draft)
    return draft.spec


def _order(wish: MachineChange) -> tuple[int, int]:
    """Removals first, controllers before what is plugged into them; and removed after it."""
    if isinstance(wish, DeviceRemoved):
        return 0, 1 if wish.field == "controllers" else 0
    return 1, 0 if wish.field == "controllers" else 1


def _value(draft: ConfigDraft, name: str) -> None:
    """One value of the machine itself."""
    setter = _VALUES.get(name)
    if setter is None:
        raise Refused(f"{name} of '{draft.wanted.name}' cannot be changed on vSphere")
    setter(draft.spec, draft.wanted)


def _annotation(spec: Any, wanted: Machine) -> None:
    # A blank, for an empty text says nothing to servers that take what is empty for what is not there.
    spec.annotation = with_mark(wanted.description or "", wanted.mark) or " "


def _memory(spec: Any, wanted: Machine) -> None:
    spec.memoryMB = (wanted.memory_max or 0) // 1024


def _cpus(spec: Any, wanted: Machine) -> None:
    spec.numCPUs = wanted.vcpus or 1
    spec.numCoresPerSocket = cores_of(wanted)


def cores_of(wanted: Machine) -> int:
    """Cores of a socket; sockets follow from the number of CPUs."""
    cores = (wanted.layout.cores if wanted.layout else None) or 1
    if (wanted.vcpus or 1) % cores:
        raise Refused(f"{wanted.vcpus} vCPUs are no multiple of {cores} cores a socket")
    return cores


def _firmware(spec: Any, wanted: Machine) -> None:
    spec.firmware = wanted.firmware or "bios"


def _secure(spec: Any, wanted: Machine) -> None:
    from pyVmomi import vim

    if wanted.firmware == "efi":
        spec.bootOptions = spec.bootOptions or vim.vm.BootOptions()
        spec.bootOptions.efiSecureBootEnabled = wanted.has_firmware("secure-boot")


def _shares(spec: Any, wanted: Machine) -> None:
    from pyVmomi import vim

    level = "custom" if wanted.shares else "normal"
    spec.cpuAllocation = vim.ResourceAllocationInfo(
        shares=vim.SharesInfo(level=level, shares=wanted.shares or 0)
    )


def _reserved(spec: Any, wanted: Machine) -> None:
    from pyVmomi import vim

    spec.memoryAllocation = vim.ResourceAllocationInfo(reservation=(wanted.memory_reserved or 0) // 1024)


def _guest(spec: Any, wanted: Machine) -> None:
    spec.guestId = wanted.guest or DEFAULT_GUEST


def _later(spec: Any, wanted: Machine) -> None:
    """What is set by a call of its own, or together with the devices."""


_VALUES: Mapping[str, Callable[[Any, Machine], None]] = {
    "description": _annotation,
    "mark": _annotation,
    "memory_max": _memory,
    "memory": _memory,
    "vcpus": _cpus,
    "layout": _cpus,
    "firmware": _firmware,
    "firmware_features": _secure,
    "shares": _shares,
    "memory_reserved": _reserved,
    "guest": _guest,
    "machine": _later,
    "boot": _later,
    "placement": _later,
}
