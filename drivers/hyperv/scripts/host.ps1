# What the host itself is, as one JSON text. Asked: nothing.
$machine = Get-VMHost
$system = Get-CimInstance -ClassName Win32_OperatingSystem
$product = Get-CimInstance -ClassName Win32_ComputerSystemProduct
ConvertTo-Json -Depth 4 -Compress -InputObject @{
    name = $machine.Name
    processors = $machine.LogicalProcessorCount
    memory = $machine.MemoryCapacity
    free = $system.FreePhysicalMemory
    caption = $system.Caption
    version = $system.Version
    uuid = $product.UUID
    folder = $machine.VirtualMachinePath
    adapters = @(Get-NetAdapter | ForEach-Object { $_.Name })
}
