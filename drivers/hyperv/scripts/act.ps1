# Does one thing after another, and stops at the first that fails.
# Asked: machine (the id of the one that it is about, or null), absent (a name that no machine may have, or null),
# steps (each a cmdlet and what it is given: values, the machine, or parts of it).

$allowed = @(
    'New-VM', 'Set-VM', 'Remove-VM', 'Rename-VM', 'Start-VM', 'Stop-VM', 'Suspend-VM', 'Resume-VM',
    'Set-VMMemory', 'Set-VMProcessor', 'Set-VMFirmware', 'Set-VMBios', 'Set-VMComPort',
    'Add-VMHardDiskDrive', 'Set-VMHardDiskDrive', 'Remove-VMHardDiskDrive',
    'Add-VMDvdDrive', 'Set-VMDvdDrive', 'Remove-VMDvdDrive',
    'Add-VMNetworkAdapter', 'Remove-VMNetworkAdapter', 'Set-VMNetworkAdapterVlan',
    'Connect-VMNetworkAdapter', 'Disconnect-VMNetworkAdapter', 'Remove-VMSavedState',
    'New-VMSwitch', 'Set-VMSwitch', 'Remove-VMSwitch',
    'New-VMResourcePool', 'Remove-VMResourcePool', 'New-VHD', 'Resize-VHD', 'Convert-VHD',
    'New-Item', 'Remove-Item', 'Move-VM'
)

function Find-Part {
    # The part of the machine that a step is about.
    param($part)
    if ($part.kind -eq 'machine') { return $machine }
    if ($part.kind -eq 'nic') {
        $found = @(Get-VMNetworkAdapter -VM $machine | Where-Object { $_.MacAddress -eq $part.mac })
    }
    elseif ($part.kind -eq 'disk') {
        $found = @(Get-VMHardDiskDrive -VM $machine -ControllerType $part.type -ControllerNumber $part.number -ControllerLocation $part.location)
    }
    else {
        $found = @(Get-VMDvdDrive -VM $machine -ControllerNumber $part.number -ControllerLocation $part.location)
    }
    if ($found.Count -eq 0) {
        Write-Error -ErrorId 'PartNotFound' -Category ObjectNotFound -Message "it has no such $($part.kind) any more"
    }
    $found[0]
}

$machine = $null
if ($null -ne $asked.machine) { $machine = Get-VM -Id $asked.machine }
if ($null -ne $asked.absent -and @(Get-VM | Where-Object { $_.Name -eq $asked.absent }).Count -gt 0) {
    Write-Error -ErrorId 'AlreadyThere' -Category ResourceExists -Message "there is a machine called '$($asked.absent)' already"
}
$made = $false
try {
    foreach ($step in $asked.steps) {
        if ($step.cmdlet -notin $allowed) {
            Write-Error -ErrorId 'NotAllowed' -Category InvalidOperation -Message "$($step.cmdlet) is none of ours"
        }
        $given = @{}
        foreach ($pair in $step.given) {
            if ($null -ne $pair.part) { $given[$pair.name] = Find-Part $pair.part }
            elseif ($null -ne $pair.parts) { $given[$pair.name] = @($pair.parts | ForEach-Object { Find-Part $_ }) }
            else { $given[$pair.name] = $pair.value }
        }
        $result = & $step.cmdlet @given
        if ($step.cmdlet -eq 'New-VM') {
            $machine = $result
            $made = $true
            # A new machine comes with a network adapter, and a DVD drive where it has a BIOS: nobody asked for them.
            Get-VMNetworkAdapter -VM $machine | Remove-VMNetworkAdapter
            Get-VMDvdDrive -VM $machine | Remove-VMDvdDrive
        }
    }
}
catch {
    # What was only half made goes again, as long as it holds nothing: its disks are files of their own.
    $why = $_
    if ($made) {
        try { Remove-VM -VM $machine -Force } catch { $made = $false }
    }
    throw $why
}
$id = $null
if ($null -ne $machine) { $id = [string] $machine.Id }
ConvertTo-Json -InputObject @{ machine = $id } -Compress
