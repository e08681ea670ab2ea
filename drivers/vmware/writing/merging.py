"""Editing a file that is there: nothing but what differs between the machine that it describes and the one
that is wanted."""

from __future__ import annotations

import re

from drivers.native import Machine
from drivers.vmware.reading import machine_of
from drivers.vmware.reading.nics import numbered_nics
from drivers.vmware.text import VmxFile
from drivers.vmware.writing.machine import entries_of
from drivers.vmware.writing.nics import numbers_of

_DEVICE = re.compile(r"((?:scsi|sata|ide|nvme)\d+:\d+|(?:floppy|ethernet|serial|parallel)\d)\.")
"""Keys of what is plugged in: all of them go when it does, those that VMware added, too."""

_FOLDER = r"sharedfolder\d+\..*"


def edited_vmx(vmx: VmxFile, wanted: Machine, folder: str) -> VmxFile:
    """The file of the wanted machine. Raises Refused for what VMware does not have, NotVmx."""
    current, cards = machine_of(vmx, folder), numbered_nics(vmx)
    before = entries_of(current, folder, tuple(cards))
    after = entries_of(wanted, folder, numbers_of(wanted.nics, cards))
    edits: dict[str, str | None] = dict.fromkeys(before.keys() - after.keys())
    for gone in _devices(before) - _devices(after):
        edits |= {found[0]: None for found in vmx.matching(rf"{re.escape(gone)}\..*")}
    if current.folders != wanted.folders:  # they have numbers, of which some may be switched off
        edits |= {found[0]: None for found in vmx.matching(_FOLDER)}
        before = {key: value for key, value in before.items() if not re.fullmatch(_FOLDER, key.lower())}
    return vmx.edited({**edits, **{key: value for key, value in after.items() if before.get(key) != value}})


def _devices(entries: dict[str, str]) -> set[str]:
    """The begins of the keys of what is plugged in, in lower case."""
    named = {found[1].lower() for key in entries if (found := _DEVICE.match(key))}
    return {name for name in named if entries.get(f"{name}.present") != "FALSE"}
