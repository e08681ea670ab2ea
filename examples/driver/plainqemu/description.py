"""A machine as this hypervisor describes it, and back: both are pure, and neither sees XML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from drivers.native import Drive, Machine, Nic, parted, with_mark

MIB = 1024
Description = dict[str, Any]
"""What a JSON file holds."""

_MODELS = {"virtio": "virtio-net-pci", "e1000": "e1000"}


def describe(machine: Machine) -> Description:
    """A machine as it stands in its file; of what the matrix allows, nothing is left out."""
    return {
        "name": machine.name,
        "uuid": machine.uuid,
        "title": machine.title or "",
        "notes": with_mark(machine.description or "", machine.mark),
        "memory_mib": (machine.memory_max or 0) // MIB,
        "cpus": machine.vcpus_online or machine.vcpus or 1,
        "cpus_most": machine.vcpus or 1,
        "machine": machine.machine or "q35",
        "disks": [
            {"slot": d.target, "file": d.file, "format": d.format or "raw", "readonly": d.readonly}
            for d in machine.drives
        ],
        "nics": [{"mac": nic.mac, "model": nic.model or "virtio"} for nic in machine.nics],
    }


def machine_of(description: Description) -> Machine:
    """What a file describes."""
    words, mark = parted(description["notes"])
    return Machine(
        type="qemu",
        name=description["name"],
        uuid=description["uuid"],
        title=description["title"] or None,
        description=words or None,
        mark=mark,
        memory_max=description["memory_mib"] * MIB,
        vcpus=description["cpus_most"],
        vcpus_online=description["cpus"] if description["cpus"] != description["cpus_most"] else None,
        arch="x86_64",
        machine=description["machine"],
        drives=tuple(
            Drive(file=d["file"], format=d["format"], target=d["slot"], bus="virtio", readonly=d["readonly"])
            for d in description["disks"]
        ),
        nics=tuple(
            Nic(type="user", mac=nic["mac"], model=nic["model"], link="up") for nic in description["nics"]
        ),
    )


def marked(description: Description, mark: str) -> Description:
    """The same with another mark of ours."""
    return describe(replace(machine_of(description), mark=mark))


def arguments(description: Description) -> Sequence[str]:
    """What QEMU is started with, beside what holds for every machine."""
    cpus = f"{description['cpus']},maxcpus={description['cpus_most']}"
    said = [
        *("-name", description["name"], "-uuid", description["uuid"], "-machine", description["machine"]),
        *("-m", f"{description['memory_mib']}M", "-smp", cpus),
    ]
    for disk in description["disks"]:
        file = str(disk["file"]).replace(",", ",,")  # QEMU's way to say a comma
        options = f"if=virtio,format={disk['format']},file={file}"
        said += ["-drive", f"{options},readonly={'on' if disk['readonly'] else 'off'}"]
    for number, nic in enumerate(description["nics"]):
        device = f"{_MODELS[nic['model']]},netdev=n{number}"
        said += ["-netdev", f"user,id=n{number}"]
        said += ["-device", f"{device},mac={nic['mac']}" if nic["mac"] else device]
    return said
