"""OVF descriptors (DMTF DSP0243 1.1 and 2.0; hardware by CIM_ResourceAllocationSettingData, DSP1041)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from lxml import etree

from reconciler.inputs.foreign.read import Read, Unreadable, names_of
from specs.documents.build import element, root
from specs.documents.targets import target_names
from specs.xml import parse

_IDE, _SCSI, _NIC, _FLOPPY, _CD, _DVD, _DISK, _OTHER_STORAGE, _USB, _SCREEN, _SOUND = (
    "5", "6", "10", "14", "15", "16", "17", "20", "23", "24", "35",
)  # fmt: skip
_BUS = {_IDE: "ide", _SCSI: "scsi", _OTHER_STORAGE: "sata"}
_PREFIX = {"ide": "hd", "scsi": "sd", "sata": "sd", "nvme": "nvme"}
_SCSI_MODELS = {
    "lsilogic": "lsilogic",
    "lsilogicsas": "lsisas1068",
    "virtualscsi": "vmpvscsi",
    "buslogic": "buslogic",
}
_NIC_MODELS = {"e1000": "e1000", "e1000e": "e1000e", "pcnet32": "pcnet", "pcnet": "pcnet", "virtio": "virtio"}
_UNITS = re.compile(r"byte(?:s)?(?:\s*\*\s*2\s*\^\s*(\d+))?", re.IGNORECASE)
_WORDS = {"megabytes": 20, "mb": 20, "gigabytes": 30, "gb": 30, "kilobytes": 10, "kb": 10}
_IMAGES = "/var/lib/libvirt/images"
"""Where libvirt keeps them: a descriptor knows names beside itself alone."""

_READ = {"3", "4", _IDE, _SCSI, _NIC, _FLOPPY, _CD, _DVD, _DISK, _OTHER_STORAGE, _USB, _SCREEN, _SOUND}


def read_ovf(text: str) -> Read:
    """The domains of a descriptor: one, or those of a collection. Raises NotXml and Unreadable."""
    envelope = parse(text.encode(), blanks=False)
    for node in envelope.iter(etree.Element):
        node.tag = etree.QName(node).localname  # in a document of one vocabulary each name is one thing
    if envelope.tag != "Envelope":
        raise Unreadable("it has no Envelope, as OVF has")
    systems = list(envelope.iter("VirtualSystem"))
    if not systems:
        raise Unreadable("it describes no virtual system")
    files = {_attribute(f, "id"): _attribute(f, "href") for f in envelope.iter("File")}
    disks = {
        _attribute(d, "diskId"): (files.get(_attribute(d, "fileRef"), ""), _format(_attribute(d, "format")))
        for d in envelope.iterfind(".//DiskSection/Disk")
    }
    lost: list[str] = []
    domains = [_System(system, disks, files, lost).document() for system in systems]
    lost += [node.tag for node in envelope if node.tag not in _SECTIONS]
    return Read(tuple(etree.tostring(each, encoding="unicode") for each in domains), names_of(lost))


_SECTIONS = (
    "References",
    "DiskSection",
    "NetworkSection",
    "VirtualSystem",
    "VirtualSystemCollection",
    "Strings",
)


@dataclass
class _System:
    """One virtual system, its descriptor's disks (file and format by id) and files, and what is lost."""

    node: etree._Element
    disks: dict[str, tuple[str, str]]
    files: dict[str, str]
    lost: list[str]

    def document(self) -> etree._Element:
        """Its domain."""
        name = self.node.findtext("Name") or _attribute(self.node, "id")
        if not name.strip():
            raise Unreadable("its virtual system has no name")
        domain = root("domain")
        element(domain, "name", name.strip())
        if notes := (self.node.findtext("AnnotationSection/Annotation") or "").strip():
            element(domain, "description", notes)
        items = list(self.node.iter("Item", "StorageItem", "EthernetPortItem"))
        self._sizes(domain, items)
        os = element(domain, "os")
        element(os, "type", "hvm")
        firmware = [c for c in self.node.iter("Config") if _attribute(c, "key") == "firmware"]
        if firmware and _attribute(firmware[0], "value") == "efi":
            os.set("firmware", "efi")
        element(element(domain, "features"), "acpi")
        devices = element(domain, "devices")
        self._controllers(devices, items)
        self._drives(devices, items)
        self._nics(devices, items)
        self._rest(devices, items)
        self.lost += [
            f"{_said(item, 'ElementName') or 'item'} (resource type {_said(item, 'ResourceType')})"
            for item in items
            if _said(item, "ResourceType") not in _READ
        ]
        self.lost += [s.tag for s in self.node if s.tag.endswith("Section") and s.tag not in _OF_A_SYSTEM]
        return domain

    def _sizes(self, domain: etree._Element, items: list[etree._Element]) -> None:
        cpus, memory = (
            [_number(_said(item, "VirtualQuantity")) for item in items if _said(item, "ResourceType") == kind]
            for kind in ("3", "4")
        )
        units = [_said(item, "AllocationUnits") for item in items if _said(item, "ResourceType") == "4"]
        if not cpus or not memory:
            raise Unreadable("its hardware says no processors or no memory")
        element(domain, "memory", memory[0] << _exponent(units[0]) >> 10, unit="KiB")
        element(domain, "vcpu", max(1, cpus[0]))

    def _controllers(self, devices: etree._Element, items: list[etree._Element]) -> None:
        for item, bus, index in _numbered(items):
            if bus == "scsi":
                model = _SCSI_MODELS.get(_said(item, "ResourceSubType").lower())
                element(devices, "controller", None, type_="scsi", index=index, model=model)

    def _drives(self, devices: etree._Element, items: list[etree._Element]) -> None:
        places = {_said(item, "InstanceID"): (bus, index) for item, bus, index in _numbered(items)}
        names = {prefix: target_names(prefix) for prefix in (*_PREFIX.values(), "fd")}
        for item in items:
            kind = _said(item, "ResourceType")
            if kind not in (_DISK, _CD, _DVD, _FLOPPY):
                continue
            bus, _ = places.get(_said(item, "Parent"), ("sata", 0))
            bus, prefix = ("fdc", "fd") if kind == _FLOPPY else (bus, _PREFIX[bus])
            device = {_DISK: "disk", _FLOPPY: "floppy"}.get(kind, "cdrom")
            self._drive(devices, item, device, next(names[prefix]), bus)

    def _drive(
        self, devices: etree._Element, item: etree._Element, device: str, target: str, bus: str
    ) -> None:
        reference = _said(item, "HostResource")
        end = reference.rpartition("/")[2]
        held = self.disks.get(end) if "/disk/" in reference else (self.files.get(end, ""), "raw")
        file, form = held or ("", "raw")
        if device == "disk" and not file:
            self.lost.append(f"{_said(item, 'ElementName') or 'disk'}: an empty disk, which no file is for")
            return
        disk = element(devices, "disk", None, type_="file", device=device)
        element(disk, "driver", None, type_=form or "raw")
        if file:
            element(disk, "source", None, file=f"{_IMAGES}/{PurePosixPath(file).name}")
        element(disk, "target", None, dev=target, bus=bus)
        if device == "cdrom":
            element(disk, "readonly")

    def _nics(self, devices: etree._Element, items: list[etree._Element]) -> None:
        for item in (item for item in items if _said(item, "ResourceType") == _NIC):
            network = _said(item, "Connection")
            nic = element(devices, "interface", None, type_="network" if network else "user")
            if mac := _said(item, "Address"):
                element(nic, "mac", None, address=mac)
            if network:
                element(nic, "source", None, network=network)
            model = _said(item, "ResourceSubType")
            known = _NIC_MODELS.get(model.lower())
            element(nic, "model", None, type_=known or "e1000")
            if model and not known:
                self.lost.append(f"NIC model {model} (e1000 is written)")

    def _rest(self, devices: etree._Element, items: list[etree._Element]) -> None:
        kinds = {_said(item, "ResourceType") for item in items}
        if _SCREEN in kinds:
            element(element(devices, "video"), "model", None, type_="vga")
        if _SOUND in kinds:
            element(devices, "sound", None, model="ich6")
        if _USB in kinds:
            element(devices, "controller", None, type_="usb", model="qemu-xhci")


_OF_A_SYSTEM = ("OperatingSystemSection", "VirtualHardwareSection", "AnnotationSection")


def _numbered(items: list[etree._Element]) -> Iterator[tuple[etree._Element, str, int]]:
    """Controllers of drives, each with its bus and its number there."""
    counted: dict[str, int] = {}
    for item in items:
        bus = _BUS.get(_said(item, "ResourceType"), "")
        if bus == "sata" and "nvme" in _said(item, "ResourceSubType").lower():
            bus = "nvme"
        if bus:
            counted[bus] = counted.get(bus, -1) + 1
            yield item, bus, counted[bus]


def _said(item: etree._Element, tag: str) -> str:
    return (item.findtext(tag) or "").strip()


def _attribute(node: etree._Element, name: str) -> str:
    """An attribute, whatever its namespace is called."""
    return next((str(v) for key, v in node.attrib.items() if etree.QName(str(key)).localname == name), "")


def _number(text: str) -> int:
    if not text.isdigit() or len(text) > 15:
        raise Unreadable(f"'{text[:40]}' is no quantity")
    return int(text)


def _exponent(units: str) -> int:
    """The power of two of a unit: 'byte * 2^20', 'MegaBytes'."""
    found = _UNITS.fullmatch(units.strip())
    if found:
        return min(int(found[1] or 0), 60)
    return _WORDS.get(units.strip().lower(), 20)


def _format(uri: str) -> str:
    """The format of a disk by its specification's address."""
    return next((name for name in ("vmdk", "qcow2", "vdi", "vhdx", "vhd") if name in uri.lower()), "raw")
