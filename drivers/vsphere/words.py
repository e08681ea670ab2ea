"""vSphere's words for devices beside libvirt's, and its spelling of names and paths."""

from __future__ import annotations

import re
from collections.abc import Mapping

SCSI_MODELS: Mapping[str, str] = {
    "VirtualLsiLogicController": "lsilogic",
    "VirtualLsiLogicSASController": "lsisas1068",
    "VirtualBusLogicController": "buslogic",
    "ParaVirtualSCSIController": "vmpvscsi",
}
"""Controllers by their type, and libvirt's model of them (virDomainControllerModelSCSI)."""

BUSES: Mapping[str, str] = {
    **dict.fromkeys(SCSI_MODELS, "scsi"),
    "VirtualAHCIController": "sata",
    "VirtualIDEController": "ide",
    "VirtualSIOController": "fdc",
}
"""Controllers by their type, and the bus that they drive."""

NIC_MODELS: Mapping[str, str] = {
    "VirtualE1000": "e1000",
    "VirtualE1000e": "e1000e",
    "VirtualVmxnet3": "vmxnet3",
    "VirtualVmxnet2": "vmxnet2",
    "VirtualVmxnet": "vmxnet",
    "VirtualPCNet32": "vlance",
}
"""Network cards by their type, and libvirt's model of them (virDomainNetModel)."""

UNITS: Mapping[str, int] = {"scsi": 16, "sata": 30, "ide": 2, "fdc": 2}
"""Places on one controller of a bus; of SCSI's sixteen the controller itself has the eighth."""

PREFIXES: Mapping[str, str] = {"scsi": "sd", "sata": "sd", "ide": "hd", "fdc": "fd"}
"""How the targets of a bus begin."""

OWN_UNIT = 7
"""The place that a SCSI controller has on its own bus (VirtualSCSIController.scsiCtlrUnitNumber)."""

DEFAULT_SCSI = "lsilogic"
"""What every guest of the last twenty years knows."""

_ESCAPED = re.compile("%(2f|5c|25)", re.IGNORECASE)
_PATH = re.compile(r"\[([^\]]+)\]\s*(.*)")


def plain_name(name: str) -> str:
    """A name as people write it: the API escapes '/', '\\' and '%' (ManagedEntity.name)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name)


def escaped_name(name: str) -> str:
    """A name as the API takes it."""
    return name.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c")


def datastore_path(datastore: str, path: str) -> str:
    """'[datastore1] web.vmdk'."""
    return f"[{datastore}] {path}".rstrip()


def parted_path(path: str) -> tuple[str, str]:
    """The datastore and the rest of '[datastore1] web/web.vmdk'; '' for both where it is no such path."""
    found = _PATH.fullmatch(path)
    return (found[1], found[2]) if found else ("", "")


def target_of(bus: str, index: int) -> str:
    """The name of the drive with that number on its bus (virIndexToDiskName): 'sda', 'sdb', … 'sdaa'."""
    letters = ""
    rest = index + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("a") + digit) + letters
    return PREFIXES[bus] + letters


def index_of(target: str) -> int:
    """The number that a target means (virDiskNameToIndex); -1 for none."""
    found = re.fullmatch("(?:sd|hd|fd)([a-z]{1,3})", target)
    if not found:
        return -1
    index = 0
    for letter in found[1]:
        index = index * 26 + ord(letter) - ord("a") + 1
    return index - 1


def place_of(bus: str, index: int) -> tuple[int, int]:
    """The controller and the unit of the drive with that number (virVMXGenerateDiskTarget, backwards)."""
    each = 15 if bus == "scsi" else UNITS[bus]
    controller, unit = divmod(index, each)
    return controller, unit + 1 if bus == "scsi" and unit >= OWN_UNIT else unit


def number_of(bus: str, controller: int, unit: int) -> int:
    """The number of the drive at that place."""
    if bus == "scsi":
        return controller * 15 + (unit - 1 if unit > OWN_UNIT else unit)
    return controller * UNITS[bus] + unit
