"""What can be changed of a machine while it runs: the one table of it, for planning and for doing.

Sources: vSphere Web Services API reference (VirtualMachine.ReconfigVM_Task, VirtualMachineConfigSpec), and
"vSphere Virtual Machine Administration" (Broadcom TechDocs), "Configuring Virtual Machine Hardware".
"""

from __future__ import annotations

from drivers.native.changes import (
    DeviceChanged,
    DeviceRemoved,
    MachineChange,
    ValueChanged,
    differing,
)

LIVE_VALUES = frozenset({"description", "mark", "shares", "memory_reserved", "boot"})
"""Annotation, shares and reservation at once; the order of devices is read at the next boot."""

LIVE_PARTS = {
    "drives": frozenset({"iops", "boot"}),
    "nics": frozenset({"network", "link", "boot"}),
}
"""Parts of a device that change in place."""

MEDIUM = frozenset({"type", "file", "pool", "volume", "startup"})
"""What is in a drive with removable media."""

PLUGGED_BUSES = frozenset({"scsi", "sata"})


def waits(change: MachineChange) -> str:
    """What of a change waits until the machine is off, in a few words; '' where nothing does."""
    if isinstance(change, ValueChanged):
        return "" if change.field in LIVE_VALUES else f"{change.field} {change.before} → {change.after}"
    if isinstance(change, DeviceChanged):
        return _in_place(change)
    device = change.device
    if change.field == "drives":
        plugged = device.device == "disk" and device.bus in PLUGGED_BUSES
        return "" if plugged else f"{device.device} {device.key}"
    if change.field in ("nics", "controllers"):
        return ""
    what = "is removed" if isinstance(change, DeviceRemoved) else "is added"
    return f"{change.field} {device.key} {what}".replace("  ", " ")


def _in_place(change: DeviceChanged) -> str:
    parts = differing(change.before, change.after) - LIVE_PARTS.get(change.field, frozenset())
    if change.field == "drives" and change.after.device != "disk":
        parts -= MEDIUM
    return f"{', '.join(sorted(parts))} of {change.before.key or change.field}" if parts else ""
