"""Every cmdlet that runs on a host, with every parameter that it is given; a test holds the scripts to it.

Each has a page of Microsoft's documentation (`Cmdlet.page`), by which its line was written: that of Windows
Server 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_TABLE = """
hyper-v
    Get-VM Id
    New-VM Name MemoryStartupBytes Generation NoVHD
    Set-VM VM Notes AutomaticStartAction
    Rename-VM VM NewName
    Remove-VM VM Force
    Start-VM VM
    Stop-VM VM TurnOff AsJob
    Suspend-VM VM
    Resume-VM VM
    Remove-VMSavedState VM
    Get-VMSnapshot VM
    Move-VM VM DestinationHost
    Set-VMMemory VM StartupBytes DynamicMemoryEnabled MinimumBytes MaximumBytes
    Set-VMProcessor VM Count
    Get-VMFirmware VM
    Set-VMFirmware VM EnableSecureBoot BootOrder
    Get-VMBios VM
    Set-VMBios VM StartupOrder
    Get-VMComPort VM Number
    Set-VMComPort VM Number Path
    Get-VMHardDiskDrive VM ControllerType ControllerNumber ControllerLocation
    Add-VMHardDiskDrive VM ControllerType ControllerNumber ControllerLocation Path
    Set-VMHardDiskDrive VMHardDiskDrive Path
    Remove-VMHardDiskDrive VMHardDiskDrive
    Get-VMDvdDrive VM ControllerNumber ControllerLocation
    Add-VMDvdDrive VM ControllerNumber ControllerLocation Path
    Set-VMDvdDrive VMDvdDrive Path
    Remove-VMDvdDrive VMDvdDrive
    Get-VMNetworkAdapter VM
    Add-VMNetworkAdapter VM SwitchName StaticMacAddress IsLegacy
    Remove-VMNetworkAdapter VMNetworkAdapter
    Connect-VMNetworkAdapter VMNetworkAdapter SwitchName
    Disconnect-VMNetworkAdapter VMNetworkAdapter
    Set-VMNetworkAdapterVlan VMNetworkAdapter Untagged Access VlanId Trunk NativeVlanId AllowedVlanIdList
    Get-VMSwitch
    New-VMSwitch Name SwitchType NetAdapterName AllowManagementOS Notes
    Set-VMSwitch Name SwitchType NetAdapterName Notes
    Remove-VMSwitch Name Force
    Get-VMResourcePool ResourcePoolType
    New-VMResourcePool Name ResourcePoolType Paths
    Remove-VMResourcePool Name ResourcePoolType
    Get-VHD Path
    New-VHD Path SizeBytes Dynamic Fixed Differencing ParentPath
    Resize-VHD Path SizeBytes
    Convert-VHD Path DestinationPath VHDType
    Get-VMHost
netadapter
    Get-NetAdapter
cimcmdlets
    Get-CimInstance ClassName
microsoft.powershell.management
    Get-ChildItem LiteralPath File
    New-Item ItemType Path Force
    Remove-Item LiteralPath
    Test-Path LiteralPath PathType
microsoft.powershell.core
    Receive-Job Job
    Set-StrictMode Version
    ForEach-Object Process
    Where-Object FilterScript
microsoft.powershell.utility
    Start-Sleep Seconds
    ConvertFrom-Json InputObject
    ConvertTo-Json InputObject Depth Compress
    Write-Error ErrorId Category Message
"""


@dataclass(frozen=True, slots=True)
class Cmdlet:
    """One cmdlet: the module that it is of, and the parameters that we give it."""

    name: str
    module: str
    parameters: frozenset[str]

    @property
    def page(self) -> str:
        """Where Microsoft documents it."""
        return f"https://learn.microsoft.com/powershell/module/{self.module}/{self.name.lower()}"


def _read(table: str) -> Mapping[str, Cmdlet]:
    found: dict[str, Cmdlet] = {}
    module = ""
    for line in table.strip().splitlines():
        if not line.startswith(" "):
            module = line
            continue
        name, *parameters = line.split()
        found[name] = Cmdlet(name, module, frozenset(parameters))
    return found


CMDLETS: Mapping[str, Cmdlet] = _read(_TABLE)
"""By their names."""
