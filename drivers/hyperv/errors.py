"""PowerShell's error records as the errors of drivers: Microsoft's own words are kept."""

from __future__ import annotations

from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unsupported
from drivers.hyperv.shell import ScriptFailed

_OF_A_MACHINE = "InvalidParameter,Microsoft.HyperV.PowerShell.Commands.GetVM"
"""What Get-VM -Id says of one that is not there; no script asks it for anything else."""

_PASSING = frozenset({"ResourceBusy", "OperationTimeout", "DeadlockDetected"})
_HINTS = {
    "PermissionDenied": "the user has to be in the group Hyper-V Administrators",
    "ResourceUnavailable": "free memory on the host, or ask for less",
}


def translated(error: ScriptFailed) -> DriverError:
    """The driver's error that an error record amounts to."""
    message, kind = error.message.strip(), error.id.partition(",")[0]
    if error.id == _OF_A_MACHINE:
        return NotFound(message)
    if kind == "CommandNotFoundException":
        return Unsupported(
            message, "install its PowerShell module: Install-WindowsFeature Hyper-V-PowerShell"
        )
    if error.category in _PASSING or kind in ("ObjectInUse", "OperationTimeout"):
        return Transient(message)
    return Refused(message, _HINTS.get(error.category, ""))
