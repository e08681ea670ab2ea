"""Disks, CD and floppy drives (virVMXFormatDisk, virVMXFormatFloppy), and their controllers."""

from __future__ import annotations

from drivers.base.errors import Refused
from drivers.native import Drive, Machine
from drivers.vmware.places import BUSES, prefix_of
from drivers.vmware.reading.drives import AUTO_DETECT, EMPTY, MODELS

_DISK_TYPES = {"scsi": "scsi-hardDisk", "ide": "ata-hardDisk"}
_NAMES = {model: name for name, model in MODELS.items()}


def drive_entries(machine: Machine, folder: str) -> dict[str, str]:
    """The entries of all drives, and of what they are plugged into. Raises Refused."""
    entries: dict[str, str] = {}
    models = {(each.type, each.index or 0): each.model for each in machine.controllers}
    for drive in machine.drives:
        prefix = prefix_of(drive)
        if prefix is None:
            raise Refused(
                f"a disk '{drive.target}' on the bus '{drive.bus}' has no place in a VMware machine",
                "such as sda on scsi or sata, hda on ide, fda on fdc",
            )
        if f"{prefix}.present" in entries:
            raise Refused(f"two disks are at {prefix}: their targets mean the same place")
        if drive.bus in ("scsi", "sata", "nvme"):
            number = int(prefix.partition(":")[0].removeprefix(drive.bus))
            entries |= _controller(drive.bus, number, models.get((drive.bus, number)))
        entries |= {f"{prefix}.{key}": value for key, value in _drive(drive, folder).items()}
    for unit in range(BUSES["fdc"].units):
        entries.setdefault(f"floppy{unit}.present", "FALSE")  # there is one unless it is said
    return entries


def _controller(bus: str, number: int, model: str | None) -> dict[str, str]:
    entries = {f"{bus}{number}.present": "TRUE"}
    if bus == "scsi":
        entries[f"scsi{number}.virtualDev"] = _NAMES.get(model or "lsilogic", "lsilogic")
    return entries


def _drive(drive: Drive, folder: str) -> dict[str, str]:
    if drive.device == "floppy":
        kind = "file" if drive.type == "file" else "device"
        return {"present": "TRUE", "fileType": kind, "fileName": within(drive.source, folder)}
    entries = {"present": "TRUE", **_medium(drive, folder)}
    if drive.cache == "writethrough":
        entries["writeThrough"] = "TRUE"
    if drive.transient:
        entries["mode"] = "independent-nonpersistent"
    return entries


def _medium(drive: Drive, folder: str) -> dict[str, str]:
    ending = ".vmdk" if drive.device == "disk" else ".iso"
    if drive.file and not drive.file.lower().endswith(ending):
        raise Refused(f"'{drive.file}' is no image of a {drive.device} for VMware", f"one ends with {ending}")
    if drive.device == "disk":
        kind = _DISK_TYPES.get(drive.bus or "", "disk")
        return {"deviceType": kind, "fileName": within(drive.source, folder)}
    if drive.type != "block":
        return {"deviceType": "cdrom-image", "fileName": within(drive.source, folder) or EMPTY}
    raw = {"lun": "cdrom-raw", "cdrom": "atapi-cdrom"}[drive.device]
    if drive.device == "lun" and drive.source.startswith("/vmfs/devices/cdrom/"):
        raw = "scsi-passthru"
    return {"deviceType": raw, "fileName": drive.source or AUTO_DETECT}


def within(path: str, folder: str) -> str:
    """A file of the machine's own folder by its name alone, so that the folder can be moved."""
    name = path.removeprefix(f"{folder}/")
    return name if folder and "/" not in name else path
