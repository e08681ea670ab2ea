"""What a machine has: disks, drives, adapters, ports, firmware."""

from __future__ import annotations

from typing import Any

from tests.support.hyperv.kit import (
    Body,
    Given,
    failure,
    machine_of,
    machines_of,
    must_be_off,
    owner_of,
    part_of,
)
from tests.support.hyperv.model import HyperVModel, ModelDrive, ModelMachine, ModelNic
from tests.support.hyperv.values import EnumValue, Thing, listed

_PLACES = {"IDE": (2, 2), "SCSI": (4, 64)}


def _drive_thing(machine: ModelMachine, drive: ModelDrive) -> Thing:
    shared = {
        "VMId": machine.id,
        "Id": drive.id,
        "ControllerType": EnumValue(drive.type),
        "ControllerNumber": drive.number,
        "ControllerLocation": drive.location,
        "Path": drive.path,
    }
    return Thing(**shared) if drive.dvd else Thing(**shared, DiskNumber=None)


def _get_drives(cmdlet: str, *, dvd: bool) -> Body:
    def run(model: HyperVModel, given: Given) -> list[Any]:
        return [
            _drive_thing(machine, drive)
            for machine in machines_of(model, cmdlet, given)
            for drive in machine.drives
            if drive.dvd is dvd
            and drive.type.lower() == str(given.get("controllertype", drive.type)).lower()
            and drive.number == given.get("controllernumber", drive.number)
            and drive.location == given.get("controllerlocation", drive.location)
        ]

    return run


def _add_drive(cmdlet: str, *, dvd: bool) -> Body:
    def run(model: HyperVModel, given: Given) -> list[Any]:
        machine = machine_of(model, cmdlet, given)
        dvd_type = "IDE" if machine.generation == 1 else "SCSI"
        type_ = dvd_type if dvd else str(given["controllertype"]).upper()
        number, location = int(given["controllernumber"]), int(given["controllerlocation"])
        if type_ == "IDE" and machine.generation == 2:
            raise failure(
                cmdlet, "InvalidParameter", "Virtual machines of generation 2 have no IDE controllers."
            )
        if not machine.off and (type_ == "IDE" or dvd):
            must_be_off(cmdlet, machine, "the drives")
        if number >= (machine.controllers if type_ == "SCSI" else 2) or location >= _PLACES[type_][1]:
            raise failure(cmdlet, "ObjectNotFound", f"There is no controller {type_} {number}.")
        if any((d.type, d.number, d.location) == (type_, number, location) for d in machine.drives):
            raise failure(cmdlet, "InvalidParameter", f"Location {location} of {type_} {number} is in use.")
        drive = ModelDrive(type_, number, location, _existing(model, cmdlet, given), dvd)
        machine.drives.append(drive)
        machine.boot.append(drive.id)
        return []

    return run


def _existing(model: HyperVModel, cmdlet: str, given: Given) -> str | None:
    """The path that is given, of a file that is there and that nobody else writes to."""
    path = given.get("path")
    if path is None:
        return None
    if not (model.disk_at(path) or path in model.files):
        raise failure(cmdlet, "ObjectNotFound", f"Attachment '{path}' not found.")
    if not path.lower().endswith(".iso") and any(
        (d.path or "").lower() == path.lower() for _, d in model.parts()
    ):
        raise failure(cmdlet, "InvalidOperation", f"The disk '{path}' is attached already.")
    return str(path)


def _set_drive(cmdlet: str, parameter: str) -> Body:
    def run(model: HyperVModel, given: Given) -> list[Any]:
        thing = part_of(given, parameter)
        machine = owner_of(model, cmdlet, thing)
        drive = next(each for each in machine.drives if each.id == thing.get("Id"))
        if not drive.dvd:
            must_be_off(cmdlet, machine, "a disk")
        drive.path = _existing(model, cmdlet, given)
        return []

    return run


def _remove_drive(cmdlet: str, parameter: str) -> Body:
    def run(model: HyperVModel, given: Given) -> list[Any]:
        for thing in listed(given[parameter]):
            machine = owner_of(model, cmdlet, thing)
            drive = next(each for each in machine.drives if each.id == thing.get("Id"))
            if drive.type == "IDE" or drive.dvd:
                must_be_off(cmdlet, machine, "the drives")
            machine.drives.remove(drive)
            machine.boot.remove(drive.id)
        return []

    return run


def _nic_thing(machine: ModelMachine, nic: ModelNic) -> Thing:
    return Thing(
        VMId=machine.id,
        Id=nic.id,
        Name=nic.name,
        MacAddress=nic.mac,
        DynamicMacAddressEnabled=nic.dynamic,
        IsLegacy=nic.legacy,
        SwitchName=nic.switch,
        VlanSetting=Thing(
            OperationMode=EnumValue(nic.mode),
            AccessVlanId=nic.access,
            NativeVlanId=nic.native,
            AllowedVlanIdList=list(nic.allowed),
        ),
        IPAddresses=["192.168.7.9", "fe80::215:5dff:fe01:203"]
        if machine.state == "Running" and nic.switch
        else [],
    )


def _get_nics(model: HyperVModel, given: Given) -> list[Any]:
    return [
        _nic_thing(machine, nic)
        for machine in machines_of(model, "Get-VMNetworkAdapter", given)
        for nic in machine.nics
    ]


def _switch(model: HyperVModel, cmdlet: str, given: Given) -> str | None:
    name = given.get("switchname")
    if name is None:
        return None
    found = next((each.name for each in model.switches if each.name.lower() == str(name).lower()), None)
    if found is None:
        raise failure(
            cmdlet, "InvalidParameter", f'Hyper-V was unable to find a virtual switch with name "{name}".'
        )
    return found


def _add_nic(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Add-VMNetworkAdapter", given)
    legacy = bool(given.get("islegacy", False))
    if legacy and machine.generation == 2:
        raise failure("Add-VMNetworkAdapter", "InvalidParameter", "Generation 2 has no legacy adapters.")
    if not machine.off and machine.generation == 1:
        must_be_off("Add-VMNetworkAdapter", machine, "the network adapters")
    mac = str(given.get("staticmacaddress", "")).upper()
    nic = ModelNic(mac=mac or "000000000000", dynamic=not mac, legacy=legacy)
    nic.switch = _switch(model, "Add-VMNetworkAdapter", given)
    machine.nics.append(nic)
    machine.boot.append(nic.id)
    return []


def _nic(model: HyperVModel, cmdlet: str, thing: Thing) -> tuple[ModelMachine, ModelNic]:
    machine = owner_of(model, cmdlet, thing)
    return machine, next(each for each in machine.nics if each.id == thing.get("Id"))


def _remove_nic(model: HyperVModel, given: Given) -> list[Any]:
    for thing in listed(given["vmnetworkadapter"]):
        machine, nic = _nic(model, "Remove-VMNetworkAdapter", thing)
        if not machine.off and machine.generation == 1:
            must_be_off("Remove-VMNetworkAdapter", machine, "the network adapters")
        machine.nics.remove(nic)
        machine.boot.remove(nic.id)
    return []


def _connect_nic(model: HyperVModel, given: Given) -> list[Any]:
    _, nic = _nic(model, "Connect-VMNetworkAdapter", part_of(given, "vmnetworkadapter"))
    nic.switch = _switch(model, "Connect-VMNetworkAdapter", given)
    return []


def _disconnect_nic(model: HyperVModel, given: Given) -> list[Any]:
    _nic(model, "Disconnect-VMNetworkAdapter", part_of(given, "vmnetworkadapter"))[1].switch = None
    return []


def _set_vlan(model: HyperVModel, given: Given) -> list[Any]:
    _, nic = _nic(model, "Set-VMNetworkAdapterVlan", part_of(given, "vmnetworkadapter"))
    nic.access, nic.native, nic.allowed = 0, 0, []
    if given.get("untagged"):
        nic.mode = "Untagged"
    elif given.get("access"):
        nic.mode, nic.access = "Access", int(given["vlanid"])
    else:
        assert given.get("trunk")
        nic.mode, nic.native = "Trunk", int(given["nativevlanid"])
        nic.allowed = [int(each) for each in str(given["allowedvlanidlist"]).split(",")]
    return []


def _get_ports(model: HyperVModel, given: Given) -> list[Any]:
    return [
        Thing(VMId=machine.id, Path=path)
        for machine in machines_of(model, "Get-VMComPort", given)
        for number, path in machine.ports.items()
        if number == given["number"]
    ]


def _set_port(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Set-VMComPort", given)
    must_be_off("Set-VMComPort", machine, "a COM port")
    machine.ports[int(given["number"])] = given.get("path") or ""
    return []


def _get_bios(model: HyperVModel, given: Given) -> list[Any]:
    found = machines_of(model, "Get-VMBios", given)
    return [Thing(VMId=each.id, StartupOrder=[EnumValue(d) for d in each.bios]) for each in found]


def _set_bios(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Set-VMBios", given)
    must_be_off("Set-VMBios", machine, "the BIOS")
    if sorted(given["startuporder"]) != sorted(machine.bios):
        raise failure("Set-VMBios", "InvalidParameter", "The startup order has to name every device once.")
    machine.bios = list(given["startuporder"])
    return []


def _get_firmware(model: HyperVModel, given: Given) -> list[Any]:
    return [
        Thing(
            VMId=machine.id,
            SecureBoot=EnumValue(machine.secure),
            BootOrder=[
                Thing(BootType=EnumValue("File"), Device=None),
                *(Thing(BootType=EnumValue("Drive"), Device=Thing(Id=id_)) for id_ in machine.boot),
            ],
        )
        for machine in machines_of(model, "Get-VMFirmware", given)
    ]


def _set_firmware(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Set-VMFirmware", given)
    if machine.generation == 1:
        raise failure("Set-VMFirmware", "InvalidParameter", "Generation 1 has no such firmware.")
    must_be_off("Set-VMFirmware", machine, "the firmware")
    machine.secure = given.get("enablesecureboot", machine.secure)
    if "bootorder" in given:
        wanted = [thing.get("Id") for thing in listed(given["bootorder"])]
        machine.boot = wanted + [id_ for id_ in machine.boot if id_ not in wanted]
    return []


CMDLETS: dict[str, Body] = {
    "Get-VMHardDiskDrive": _get_drives("Get-VMHardDiskDrive", dvd=False),
    "Add-VMHardDiskDrive": _add_drive("Add-VMHardDiskDrive", dvd=False),
    "Set-VMHardDiskDrive": _set_drive("Set-VMHardDiskDrive", "vmharddiskdrive"),
    "Remove-VMHardDiskDrive": _remove_drive("Remove-VMHardDiskDrive", "vmharddiskdrive"),
    "Get-VMDvdDrive": _get_drives("Get-VMDvdDrive", dvd=True),
    "Add-VMDvdDrive": _add_drive("Add-VMDvdDrive", dvd=True),
    "Set-VMDvdDrive": _set_drive("Set-VMDvdDrive", "vmdvddrive"),
    "Remove-VMDvdDrive": _remove_drive("Remove-VMDvdDrive", "vmdvddrive"),
    "Get-VMNetworkAdapter": _get_nics,
    "Add-VMNetworkAdapter": _add_nic,
    "Remove-VMNetworkAdapter": _remove_nic,
    "Connect-VMNetworkAdapter": _connect_nic,
    "Disconnect-VMNetworkAdapter": _disconnect_nic,
    "Set-VMNetworkAdapterVlan": _set_vlan,
    "Get-VMComPort": _get_ports,
    "Set-VMComPort": _set_port,
    "Get-VMBios": _get_bios,
    "Set-VMBios": _set_bios,
    "Get-VMFirmware": _get_firmware,
    "Set-VMFirmware": _set_firmware,
}
