"""What a host has beside machines: switches, pools, disks, files, and itself."""

from __future__ import annotations

from typing import Any

from tests.support.hyperv.kit import Body, Given, failure, part_of
from tests.support.hyperv.model import HyperVModel, ModelDisk, ModelSwitch
from tests.support.hyperv.values import EnumValue, PowerShellError, Thing


def _get_switches(model: HyperVModel, given: Given) -> list[Any]:
    return [
        Thing(
            Id=switch.id,
            Name=switch.name,
            SwitchType=EnumValue(switch.type),
            NetAdapterInterfaceDescriptions=[model.adapters[each] for each in switch.adapters] or None,
            AllowManagementOS=switch.shared,
            Notes=switch.notes,
        )
        for switch in model.switches
    ]


def _new_switch(model: HyperVModel, given: Given) -> list[Any]:
    adapter = given.get("netadaptername")
    if adapter is not None and adapter not in model.adapters:
        raise failure("New-VMSwitch", "InvalidParameter", f"No adapter with name '{adapter}' was found.")
    if any(adapter in switch.adapters for switch in model.switches):
        raise failure(
            "New-VMSwitch", "InvalidParameter", f"The adapter '{adapter}' is bound to a switch already."
        )
    switch = ModelSwitch(
        given["name"], "External" if adapter else given["switchtype"], [adapter] if adapter else []
    )
    switch.notes = given.get("notes", "")
    switch.shared = given.get("allowmanagementos", switch.type != "Private")
    model.switches.append(switch)
    return []


def _switch(model: HyperVModel, cmdlet: str, given: Given) -> ModelSwitch:
    found = [each for each in model.switches if each.name.lower() == str(given["name"]).lower()]
    if not found:
        raise failure(
            cmdlet,
            "InvalidParameter",
            f'Hyper-V was unable to find a virtual switch with name "{given["name"]}".',
        )
    return found[0]


def _set_switch(model: HyperVModel, given: Given) -> list[Any]:
    switch = _switch(model, "Set-VMSwitch", given)
    switch.notes = given.get("notes", switch.notes)
    switch.shared = given.get("allowmanagementos", switch.shared)
    if "switchtype" in given:
        switch.type, switch.adapters = given["switchtype"], []
    if "netadaptername" in given:
        switch.type, switch.adapters = "External", [given["netadaptername"]]
    return []


def _remove_switch(model: HyperVModel, given: Given) -> list[Any]:
    assert given.get("force"), "without -Force it asks, and nobody is there"
    switch = _switch(model, "Remove-VMSwitch", given)
    if any(
        nic.switch == switch.name for machine in model.machines if not machine.off for nic in machine.nics
    ):
        raise failure(
            "Remove-VMSwitch",
            "InvalidOperation",
            f"The switch '{switch.name}' is in use by running machines.",
        )
    model.switches.remove(switch)
    return []


def _get_pools(model: HyperVModel, given: Given) -> list[Any]:
    assert given["resourcepooltype"] == "VHD"
    pools = {"Primordial": ["*"], **model.pools}
    return [Thing(Name=name, Paths=list(paths)) for name, paths in pools.items()]


def _new_pool(model: HyperVModel, given: Given) -> list[Any]:
    if given["name"] in model.pools:
        raise failure(
            "New-VMResourcePool", "InvalidParameter", f"The pool '{given['name']}' is there already."
        )
    model.pools[given["name"]] = [given["paths"]] if isinstance(given["paths"], str) else list(given["paths"])
    return []


def _remove_pool(model: HyperVModel, given: Given) -> list[Any]:
    if given["name"] not in model.pools:
        raise failure("Remove-VMResourcePool", "ObjectNotFound", f"There is no pool '{given['name']}'.")
    del model.pools[given["name"]]
    return []


def _disk(model: HyperVModel, cmdlet: str, path: str) -> ModelDisk:
    found = model.disk_at(path)
    if found is None or model.disks[found].type == "Damaged":
        raise failure(
            cmdlet, "ObjectNotFound", f"Getting the mounted storage instance for the path '{path}' failed."
        )
    return model.disks[found]


def _get_vhd(model: HyperVModel, given: Given) -> list[Any]:
    disk = _disk(model, "Get-VHD", given["path"])
    return [
        Thing(
            Size=disk.size, FileSize=disk.stored, VhdType=EnumValue(disk.type), ParentPath=disk.parent or None
        )
    ]


def _new_vhd(model: HyperVModel, given: Given) -> list[Any]:
    path, parent = str(given["path"]), str(given.get("parentpath", "")).replace("/", "\\")
    if model.disk_at(path):
        raise failure(
            "New-VHD", "ResourceExists", f"Failed to create the virtual hard disk: '{path}': the file exists."
        )
    if path.rpartition("\\")[0] not in model.folders:
        raise failure("New-VHD", "ObjectNotFound", "The system cannot find the path specified.")
    size = int(given["sizebytes"]) if "sizebytes" in given else _disk(model, "New-VHD", parent).size
    if size % 4096:
        raise failure("New-VHD", "InvalidParameter", "The size is no multiple of the sector's.")
    type_ = "Fixed" if given.get("fixed") else "Differencing" if parent else "Dynamic"
    model.disks[path] = ModelDisk(size, type_, parent)
    return []


def _resize_vhd(model: HyperVModel, given: Given) -> list[Any]:
    disk = _disk(model, "Resize-VHD", given["path"])
    if int(given["sizebytes"]) < disk.size:
        raise failure("Resize-VHD", "InvalidOperation", "The disk would be smaller than its data.")
    disk.size = int(given["sizebytes"])
    return []


def _convert_vhd(model: HyperVModel, given: Given) -> list[Any]:
    disk = _disk(model, "Convert-VHD", given["path"])
    if model.disk_at(given["destinationpath"]):
        raise failure("Convert-VHD", "ResourceExists", "The file exists.")
    model.disks[given["destinationpath"]] = ModelDisk(disk.size, given["vhdtype"])
    return []


def _test_path(model: HyperVModel, given: Given) -> list[Any]:
    assert given["pathtype"] == "Container"
    return [given["literalpath"].lower() in {folder.lower() for folder in model.folders}]


def _children(model: HyperVModel, given: Given) -> list[Any]:
    folder = given["literalpath"]
    return [
        Thing(Name=name, FullName=path, Extension=f".{name.rpartition('.')[2]}", Length=size)
        for path, size in (*((p, d.stored) for p, d in model.disks.items()), *model.files.items())
        for at, _, name in [path.rpartition("\\")]
        if at.lower() == folder.lower()
    ]


def _new_item(model: HyperVModel, given: Given) -> list[Any]:
    assert given["itemtype"] == "Directory"
    assert given["force"], "without -Force a folder that is there is an error"
    model.folders.add(given["path"])
    return []


def _remove_item(model: HyperVModel, given: Given) -> list[Any]:
    path = given["literalpath"]
    found = model.disk_at(path)
    if any((drive.path or "").lower() == path.lower() for machine, drive in model.parts() if not machine.off):
        raise PowerShellError(
            "RemoveFileSystemItemIOError,Microsoft.PowerShell.Commands.RemoveItemCommand",
            "WriteError",
            f"Cannot remove item {path}: the file is being used by another process.",
        )
    if found is None:
        raise PowerShellError(
            "PathNotFound,Microsoft.PowerShell.Commands.RemoveItemCommand",
            "ObjectNotFound",
            f"Cannot find path '{path}' because it does not exist.",
        )
    del model.disks[found]
    return []


def _get_host(model: HyperVModel, given: Given) -> list[Any]:
    return [
        Thing(
            Name=model.name,
            LogicalProcessorCount=16,
            MemoryCapacity=model.memory,
            VirtualMachinePath="C:\\ProgramData\\Microsoft\\Windows\\Hyper-V",
        )
    ]


def _get_cim(model: HyperVModel, given: Given) -> list[Any]:
    if given["classname"] == "Win32_ComputerSystemProduct":
        return [Thing(UUID=model.uuid)]
    return [
        Thing(
            FreePhysicalMemory=model.memory // 2 // 1024,
            Caption="Microsoft Windows Server 2022 Standard",
            Version="10.0.20348",
        )
    ]


def _get_adapters(model: HyperVModel, given: Given) -> list[Any]:
    return [Thing(Name=name, InterfaceDescription=told) for name, told in model.adapters.items()]


def _start_sleep(model: HyperVModel, given: Given) -> list[Any]:
    return []


def _receive_job(model: HyperVModel, given: Given) -> list[Any]:
    raise part_of(given, "job").get("Reason")


CMDLETS: dict[str, Body] = {
    "Get-VMSwitch": _get_switches,
    "New-VMSwitch": _new_switch,
    "Set-VMSwitch": _set_switch,
    "Remove-VMSwitch": _remove_switch,
    "Get-VMResourcePool": _get_pools,
    "New-VMResourcePool": _new_pool,
    "Remove-VMResourcePool": _remove_pool,
    "Get-VHD": _get_vhd,
    "New-VHD": _new_vhd,
    "Resize-VHD": _resize_vhd,
    "Convert-VHD": _convert_vhd,
    "Test-Path": _test_path,
    "Get-ChildItem": _children,
    "New-Item": _new_item,
    "Remove-Item": _remove_item,
    "Get-VMHost": _get_host,
    "Get-CimInstance": _get_cim,
    "Get-NetAdapter": _get_adapters,
    "Start-Sleep": _start_sleep,
    "Receive-Job": _receive_job,
}
