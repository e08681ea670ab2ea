# Asks a guest to shut down, and waits for it. Asked: machine (its id), seconds (how long to wait).
$machine = Get-VM -Id $asked.machine
if ([string] $machine.State -eq 'Running') {
    # Not -Force: that turns a guest off that has not followed within five minutes.
    $job = Stop-VM -VM $machine -AsJob
    $waited = 0
    while ([string] $job.State -eq 'Running' -and $waited -lt $asked.seconds) {
        Start-Sleep -Seconds 1
        $waited = $waited + 1
    }
    if ([string] $job.State -eq 'Failed') { Receive-Job -Job $job }
}
ConvertTo-Json -InputObject @{ state = [string] (Get-VM -Id $asked.machine).State } -Compress
