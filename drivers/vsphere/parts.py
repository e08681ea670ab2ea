"""The devices of a machine as vSphere is told of them: new ones."""

from __future__ import annotations

from typing import Any

from drivers.base.errors import Refused
from drivers.native.devices import DeviceController, Drive, Nic
from drivers.vsphere.draft import ConfigDraft
from drivers.vsphere.soap import number
from drivers.vsphere.words import DEFAULT_SCSI, NIC_MODELS, SCSI_MODELS, datastore_path, index_of, place_of

_NICS = {model: type_ for type_, model in NIC_MODELS.items()}
_CONTROLLERS = {model: type_ for type_, model in SCSI_MODELS.items()}
_IDE = (200, 201)
_SIO = 400
_PCI = 100
"""The keys of controllers that every machine has."""


def controller_for(draft: ConfigDraft, bus: str, index: int) -> int:
    """The key of a controller, which is asked for where there is none yet."""
    if bus == "ide":
        return _IDE[index]
    if bus == "fdc":
        return _SIO
    name = f"controller {bus}{index}"
    if draft.now is not None and name in draft.now.devices:
        return number(draft.now.devices[name], "key") or 0
    if name not in draft.keys:
        draft.keys[name] = draft.new_key()
        draft.ask(new_controller(draft, bus, index, draft.keys[name]), "add")
    return draft.keys[name]


def new_controller(draft: ConfigDraft, bus: str, index: int, key: int) -> Any:
    """A controller, of the model that the machine asks for."""
    from pyVmomi import vim

    if bus == "sata":
        return vim.vm.device.VirtualAHCIController(key=key, busNumber=index, controllerKey=_PCI)
    wanted = next(
        (each for each in draft.wanted.controllers if each.key == f"scsi{index}"),
        DeviceController(type="scsi"),
    )
    model = wanted.model or DEFAULT_SCSI
    if model not in _CONTROLLERS:
        raise Refused(f"the SCSI controller '{model}' is none of {', '.join(_CONTROLLERS)}")
    return getattr(vim.vm.device, _CONTROLLERS[model])(
        key=key, busNumber=index, controllerKey=_PCI, sharedBus="noSharing"
    )


def new_drive(draft: ConfigDraft, drive: Drive) -> Any:
    """A disk that exists already, or a drive for CDs or floppies."""
    from pyVmomi import vim

    bus = drive.bus or "scsi"
    controller, unit = _where(drive, bus)
    types = {
        "cdrom": vim.vm.device.VirtualCdrom,
        "floppy": vim.vm.device.VirtualFloppy,
        "disk": vim.vm.device.VirtualDisk,
    }
    device = types[drive.device or "disk"](
        key=draft.new_key(),
        controllerKey=controller_for(draft, bus, controller),
        unitNumber=unit,
        backing=medium_of(drive),
    )
    if drive.device == "disk":
        device.storageIOAllocation = limit_of(drive)
    else:
        device.connectable = plugged(vim, bool(drive.source))
    return device


def _where(drive: Drive, bus: str) -> tuple[int, int]:
    """The controller and the unit that a drive asks for: by its address, else by its target."""
    address = drive.address
    if address is not None and address.unit is not None:
        return (address.bus if bus == "ide" else address.controller) or 0, address.unit
    index = index_of(drive.key)
    if index < 0:
        raise Refused(f"a drive cannot be called '{drive.key}' on vSphere: write sda, sdb, … or hda, hdb, …")
    return place_of(bus, index)


def file_of(drive: Drive) -> str:
    """The path of what is in a drive; '' for nothing."""
    return datastore_path(drive.pool, drive.volume or "") if drive.pool else drive.file or ""


def medium_of(drive: Drive) -> Any:
    """What is in a drive."""
    from pyVmomi import vim

    path = file_of(drive)
    if drive.device == "cdrom":
        if path:
            return vim.vm.device.VirtualCdrom.IsoBackingInfo(fileName=path)
        return vim.vm.device.VirtualCdrom.RemotePassthroughBackingInfo(deviceName="", exclusive=False)
    if drive.device == "floppy":
        if path:
            return vim.vm.device.VirtualFloppy.ImageBackingInfo(fileName=path)
        return vim.vm.device.VirtualFloppy.RemoteDeviceBackingInfo(deviceName="")
    if not path:
        raise Refused(f"the disk {drive.key} names no volume and no file")
    return vim.vm.device.VirtualDisk.FlatVer2BackingInfo(fileName=path, diskMode="persistent")


def limit_of(drive: Drive) -> Any:
    """How many operations a second a disk may do; -1 is any number."""
    from pyVmomi import vim

    return vim.StorageResourceManager.IOAllocationInfo(limit=drive.iops or -1)


def plugged(vim: Any, connected: bool) -> Any:
    """Whether a device is connected, now and at every start."""
    return vim.vm.device.VirtualDevice.ConnectInfo(
        startConnected=connected, connected=connected, allowGuestControl=True
    )


def new_nic(draft: ConfigDraft, nic: Nic) -> Any:
    """A network card."""
    from pyVmomi import vim

    model = nic.model or "vmxnet3"
    if model not in _NICS:
        raise Refused(f"the network card '{model}' is none of {', '.join(_NICS)}")
    return getattr(vim.vm.device, _NICS[model])(
        key=draft.new_key(),
        backing=draft.networks(nic.network or ""),
        addressType="manual" if nic.mac else "generated",
        macAddress=nic.mac,
        connectable=plugged(vim, nic.connected),
    )
