"""Disks, CD and floppy drives (virVMXParseDisk), and the controllers that they are plugged into."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace

from drivers.native import DeviceController, Drive, DriveAddress
from drivers.vmware.places import BUSES, Bus
from drivers.vmware.text import NotVmx, VmxFile
from specs.documents.targets import target_names

MODELS = {"buslogic": "buslogic", "lsilogic": "lsilogic", "lsisas1068": "lsisas1068", "pvscsi": "vmpvscsi"}
"""scsiN.virtualDev → libvirt's model (virVMXControllerModelSCSI)."""

EMPTY = "emptyBackingString"
AUTO_DETECT = "auto detect"
_CD_TYPES = ("atapi-cdrom", "cdrom-raw", "cdrom-image")
_CD_FOLDER = "/vmfs/devices/cdrom/"
_IMPLICIT = ("ide", "fdc")
"""Buses whose one controller libvirt adds by itself (virDomainDefAddImplicitControllers)."""


def drives_of(vmx: VmxFile, folder: str) -> tuple[Drive, ...]:
    """All drives that are there, in libvirt's order. Raises NotVmx."""
    return told_apart(_drives(vmx, folder))


def told_apart(drives: Iterable[Drive]) -> tuple[Drive, ...]:
    """SCSI and SATA drives are both called sdX: of two of one name, as libvirt shows them, the second has the
    next that is free. The address says which one it is."""
    found: dict[str, Drive] = {}
    for drive in drives:
        target = drive.key
        if target in found:
            target = next(name for name in target_names("sd") if name not in found)
        found[target] = replace(drive, target=target)
    return tuple(found.values())


def controllers_of(vmx: VmxFile, drives: tuple[Drive, ...]) -> tuple[DeviceController, ...]:
    """Those that drives are plugged into, and those before them."""
    found = []
    for bus in BUSES:
        used = [drive.address.controller or 0 for drive in drives if drive.bus == bus and drive.address]
        for index in range(max(used, default=-1) + 1):
            model = _model(vmx, index) if bus == "scsi" else None
            found.append(DeviceController(type=bus, index=index, model=model))
    return tuple(found)


def _model(vmx: VmxFile, index: int) -> str | None:
    key = f"scsi{index}.virtualDev"
    word = vmx.word(key)
    if word and word not in MODELS:
        raise NotVmx(f"{key} is '{vmx.get(key)}'; allowed: {', '.join(MODELS)}")
    return MODELS.get(word)


def _drives(vmx: VmxFile, folder: str) -> Iterator[Drive]:
    for bus in BUSES.values():
        pattern = r"floppy()(\d+)\.present" if bus.name == "fdc" else rf"{bus.name}(\d+):(\d+)\.present"
        places = sorted({(int(found[1] or 0), int(found[2])) for found in vmx.matching(pattern)})
        for controller, unit in places:
            prefix = f"floppy{unit}" if bus.name == "fdc" else f"{bus.name}{controller}:{unit}"
            if not _is_there(vmx, bus, controller, unit, prefix):
                continue
            drive = _floppy(vmx, prefix, folder) if bus.name == "fdc" else _drive(vmx, prefix, bus, folder)
            yield _at(drive, bus, controller, unit)


def _is_there(vmx: VmxFile, bus: Bus, controller: int, unit: int, prefix: str) -> bool:
    if controller >= bus.controllers or unit >= bus.units or (bus.name == "scsi" and unit == 7):
        return False
    plugged = bus.name in _IMPLICIT or vmx.yes(f"{bus.name}{controller}.present")
    return plugged and vmx.yes(f"{prefix}.present") and not vmx.yes(f"{prefix}.clientDevice")


def _at(drive: dict[str, object], bus: Bus, controller: int, unit: int) -> Drive:
    on_bus = controller if bus.name == "ide" else 0
    address = DriveAddress(controller=controller - on_bus, bus=on_bus, target=0, unit=unit)
    return Drive(target=bus.target(controller, unit), bus=bus.name, address=address, **drive)  # type: ignore[arg-type]


def _drive(vmx: VmxFile, prefix: str, bus: Bus, folder: str) -> dict[str, object]:
    """What a disk or CD drive says of itself."""
    kind, file = vmx.word(f"{prefix}.deviceType"), vmx.get(f"{prefix}.fileName")
    through = vmx.yes(f"{prefix}.writeThrough")
    transient = vmx.word(f"{prefix}.mode") == "independent-nonpersistent"
    if file and file.lower().endswith(".vmdk") and kind not in _CD_TYPES:
        return {
            "format": "vmdk",
            "file": whole_path(file, folder),
            "cache": "writethrough" if through else None,
            "transient": transient,
        }
    cd: dict[str, object] = {"device": "cdrom", "readonly": True}
    raw = kind == "scsi-passthru" and bus.name == "scsi" and (file or "").startswith(_CD_FOLDER)
    if file and file.lower().endswith(".iso"):
        return {**cd, "file": whole_path(file, folder)}
    if file == EMPTY or (not file and kind == "cdrom-image"):
        return cd
    if kind in ("atapi-cdrom", "cdrom-raw") or raw:
        drive = {
            **cd,
            "type": "block",
            "format": "raw",
            "device": "cdrom" if kind == "atapi-cdrom" else "lun",
        }
        if file is None or file.lower() == AUTO_DETECT:
            return {**drive, "startup": "optional"} if file else drive
        return {**drive, "block": file}
    raise NotVmx(f"{prefix} is of type '{kind or 'disk'}' with '{file or 'nothing'}' in it: what that is, "
                 "nobody knows")  # fmt: skip


def _floppy(vmx: VmxFile, prefix: str, folder: str) -> dict[str, object]:
    kind, file = vmx.word(f"{prefix}.fileType"), vmx.get(f"{prefix}.fileName")
    if kind == "file":
        return {"device": "floppy", "file": whole_path(file, folder) if file else None}
    if kind not in ("", "device"):
        raise NotVmx(f"{prefix}.fileType is '{kind}'; it is file or device")
    found = None if file is None or file.lower() == AUTO_DETECT else file
    return {"device": "floppy", "type": "block", "format": "raw", "block": found}


def whole_path(file: str, folder: str) -> str:
    """A file's name as a path, where the folder of the .vmx file is known."""
    return posixpath.normpath(posixpath.join(folder, file)) if folder else file
