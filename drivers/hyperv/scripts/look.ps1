# What is on the host, as one JSON text: machines with all that belongs to them, switches, pools, files.
# Asked: machine (one name, or null for all), machines, switches, pools, images (whether to tell of them).

function Read-Ports {
    # A COM port does not tell its number.
    param($machines, $number)
    Get-VMComPort -VM $machines -Number $number | ForEach-Object {
        @{ machine = [string] $_.VMId; number = $number; path = $_.Path }
    }
}

function Read-Machines {
    # One call for all machines, not one for each: each costs a round through the management service.
    param($machines)
    $first = @($machines | Where-Object { $_.Generation -eq 1 })
    $second = @($machines | Where-Object { $_.Generation -eq 2 })
    $bios = @()
    $firmware = @()
    if ($first.Count -gt 0) { $bios = @(Get-VMBios -VM $first) }
    if ($second.Count -gt 0) { $firmware = @(Get-VMFirmware -VM $second) }
    @{
        machines = @($machines | ForEach-Object {
            @{
                id = [string] $_.Id
                name = $_.Name
                generation = $_.Generation
                state = [string] $_.State
                notes = $_.Notes
                processors = $_.ProcessorCount
                dynamic = $_.DynamicMemoryEnabled
                startup = $_.MemoryStartup
                minimum = $_.MemoryMinimum
                maximum = $_.MemoryMaximum
                start = [string] $_.AutomaticStartAction
                heartbeat = [string] $_.Heartbeat
            }
        })
        disks = @(Get-VMHardDiskDrive -VM $machines | ForEach-Object {
            @{
                machine = [string] $_.VMId
                id = $_.Id
                type = [string] $_.ControllerType
                number = $_.ControllerNumber
                location = $_.ControllerLocation
                path = Find-Base $_.Path
                physical = $_.DiskNumber
            }
        })
        dvds = @(Get-VMDvdDrive -VM $machines | ForEach-Object {
            @{
                machine = [string] $_.VMId
                id = $_.Id
                type = [string] $_.ControllerType
                number = $_.ControllerNumber
                location = $_.ControllerLocation
                path = $_.Path
            }
        })
        nics = @(Get-VMNetworkAdapter -VM $machines | ForEach-Object {
            @{
                machine = [string] $_.VMId
                id = $_.Id
                name = $_.Name
                mac = $_.MacAddress
                dynamic = $_.DynamicMacAddressEnabled
                legacy = $_.IsLegacy
                switch = $_.SwitchName
                mode = [string] $_.VlanSetting.OperationMode
                access = $_.VlanSetting.AccessVlanId
                native = $_.VlanSetting.NativeVlanId
                allowed = @($_.VlanSetting.AllowedVlanIdList)
                addresses = @($_.IPAddresses)
            }
        })
        ports = @(Read-Ports $machines 1) + @(Read-Ports $machines 2)
        bios = @($bios | ForEach-Object {
            @{
                machine = [string] $_.VMId
                order = @($_.StartupOrder | ForEach-Object { [string] $_ })
            }
        })
        firmware = @($firmware | ForEach-Object {
            @{
                machine = [string] $_.VMId
                secure = [string] $_.SecureBoot
                order = @($_.BootOrder | Where-Object { $null -ne $_.Device } | ForEach-Object { $_.Device.Id })
            }
        })
        checkpoints = @(Get-VMSnapshot -VM $machines | ForEach-Object {
            @{ machine = [string] $_.VMId; name = $_.Name }
        })
    }
}

function Find-Base {
    # What a disk was before its machine's checkpoints: they lay files of differences (.avhdx) upon it.
    param($path)
    while ($path -like '*.avhd*') { $path = (Get-VHD -Path $path).ParentPath }
    $path
}

$told = @{ machines = @(); failures = @(); switches = @(); pools = @() }

if ($asked.machines) {
    $machines = @(Get-VM)
    if ($null -ne $asked.machine) {
        $machines = @($machines | Where-Object { $_.Name -ceq $asked.machine })
    }
    if ($machines.Count -gt 0) {
        try {
            $told.machines = @(Read-Machines $machines)
        }
        catch {
            # One of them cannot be read, or went meanwhile: then each for itself.
            foreach ($machine in $machines) {
                try {
                    $told.machines = $told.machines + @(Read-Machines @($machine))
                }
                catch {
                    $told.failures = $told.failures + @(@{ name = $machine.Name; message = $_.Exception.Message })
                }
            }
        }
    }
}

if ($asked.switches) {
    $adapters = @(Get-NetAdapter)
    $told.switches = @(Get-VMSwitch | ForEach-Object {
        $switch = $_
        $uplinks = @($adapters | Where-Object { $_.InterfaceDescription -in $switch.NetAdapterInterfaceDescriptions })
        @{
            id = [string] $switch.Id
            name = $switch.Name
            type = [string] $switch.SwitchType
            uplinks = @($uplinks | ForEach-Object { $_.Name })
            shared = $switch.AllowManagementOS
            notes = $switch.Notes
        }
    })
}

if ($asked.pools) {
    $told.pools = @(Get-VMResourcePool -ResourcePoolType VHD | Where-Object { $_.Name -ne 'Primordial' } | ForEach-Object {
        $paths = @($_.Paths)
        $images = @()
        $broken = @()
        $there = $paths.Count -eq 1 -and (Test-Path -LiteralPath $paths[0] -PathType Container)
        if ($there -and $asked.images) {
            $files = @(Get-ChildItem -LiteralPath $paths[0] -File | Where-Object { $_.Extension -in '.vhdx', '.vhd', '.iso' })
            foreach ($file in $files) {
                if ($file.Extension -eq '.iso') {
                    $images = $images + @(@{ name = $file.Name; size = $file.Length; stored = $file.Length; type = 'Image'; parent = '' })
                    continue
                }
                try {
                    $disk = Get-VHD -Path $file.FullName
                    $images = $images + @(@{
                        name = $file.Name
                        size = $disk.Size
                        stored = $disk.FileSize
                        type = [string] $disk.VhdType
                        parent = $disk.ParentPath
                    })
                }
                catch {
                    $broken = $broken + @(@{ name = $file.Name; message = $_.Exception.Message })
                }
            }
        }
        @{ name = $_.Name; paths = $paths; there = $there; images = $images; failures = $broken }
    })
}

ConvertTo-Json -InputObject $told -Depth 8 -Compress
