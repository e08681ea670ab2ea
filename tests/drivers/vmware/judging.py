"""libvirt's own reader of .vmx files as the judge of ours, and what the two say differently on purpose."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from drivers.native import Drive, FirmwareFeature, Machine, Nic, SerialPort, Unknown, read_machine
from drivers.vmware.reading.drives import told_apart
from tests.support.vmware import DesktopStandIn

EXPLAINED = {
    "cdrom-ide-file-missing-datastore": "libvirt's test takes a datastore for missing; a reader cannot know",
    "cdrom-ide-file-missing-file": "libvirt's test takes a file for missing; a reader cannot know",
    "harddisk-ide-file-missing-datastore": "refused for the same",
    "harddisk-scsi-file-missing-file": "refused for the same",
}
"""Samples of libvirt's that are read differently, and why."""


def libvirt_reads(desk: DesktopStandIn, files: Mapping[str, str]) -> dict[str, str]:
    """What libvirt makes of .vmx files, by their names: one virsh for all of them."""
    for name, text in files.items():
        (desk.folder / f"{name}.vmx").write_text(text)
    commands = "; ".join(f"domxml-from-native vmware-vmx {desk.folder / name}.vmx" for name in files)
    said = subprocess.run(
        ["virsh", "-c", "vmwareplayer:///session", commands],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    documents = re.findall(r"<domain .*?</domain>", said.stdout, re.DOTALL)
    assert len(documents) == len(files), said.stderr
    return dict(zip(files, documents, strict=True))


def as_libvirt_says(machine: Machine, theirs: Machine) -> Machine:
    """Our reading without what libvirt's has no word for: which system runs in the guest, the version of the
    hardware, firmware that asks for no signatures (9.0: that it does), formats by names, a cut cable."""
    return replace(
        machine,
        guest=None,
        machine=None,
        firmware_features=tuple(
            each for each in _sorted(machine) if each.enabled and theirs.firmware_features
        ),
        drives=tuple(replace(drive, format=None) for drive in machine.drives),
        nics=tuple(map(_plugged, machine.nics)),
    )


def _sorted(machine: Machine) -> tuple[FirmwareFeature, ...]:
    return tuple(sorted(machine.firmware_features, key=lambda feature: feature.name or ""))


def _plugged(nic: Nic) -> Nic:
    """libvirt shows the device of a custom network beside its name, which is the same for ours."""
    custom = nic.bridge is not None and re.fullmatch(r"vmnet[1-9]\d*", nic.bridge)
    return replace(nic, link=None, target=nic.bridge if custom and not nic.target else nic.target)


def as_we_say(document: str) -> tuple[Machine, tuple[Unknown, ...]]:
    """libvirt's reading without what it adds to what the file says: the first serial port once more as a
    console, one name for two drives, a boot order where there is none, passwords, and a UUID of zeros."""
    machine, unknown = read_machine(document)
    zeros = (machine.uuid or "").startswith("00000000-0000")
    return (
        replace(
            machine,
            consoles=(),
            firmware_features=_sorted(machine),
            boot=(),
            drives=told_apart(machine.drives),
            uuid=None if zeros else machine.uuid,
            displays=tuple(replace(display, password=None) for display in machine.displays),
        ),
        tuple(each for each in unknown if not each.path.endswith(("datacenterpath", "moref", "@clusters"))),
    )


def on_datastores(machine: Machine) -> Machine:
    """File names as libvirt's tests write them: '[datastore] directory/name'."""
    return replace(
        machine,
        drives=tuple(_stored(drive) for drive in machine.drives),
        serials=tuple(_stored_port(port) for port in machine.serials),
        parallels=tuple(_stored_port(port) for port in machine.parallels),
    )


def _stored(drive: Drive) -> Drive:
    return replace(drive, file=_name(drive.file)) if drive.file else drive


def _stored_port(port: SerialPort) -> SerialPort:
    return replace(port, path=_name(port.path)) if port.type == "file" and port.path else port


def _name(path: str) -> str:
    found = re.fullmatch(r"/vmfs/volumes/([^/]+)/(.*)", path)
    if found:
        return f"[{found[1]}] {found[2]}"
    return path if path.startswith("/") else f"[datastore] directory/{path}"


def samples(source: Path) -> dict[str, tuple[bytes, str | None]]:
    """libvirt's sample files, each with libvirt's reading of it; None for those that it refuses."""
    folder = source / "tests" / "vmx2xmldata"
    return {
        file.stem: (
            file.read_bytes(),
            readback.read_text() if (readback := file.with_suffix(".xml")).exists() else None,
        )
        for file in sorted(folder.glob("*.vmx"))
    }
