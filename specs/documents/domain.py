"""Domain → <domain> (formatdomain.html), and back."""

from __future__ import annotations

from lxml import etree

from specs.documents.build import element, root
from specs.documents.defaults import completed, is_emulated
from specs.documents.order import arrange
from specs.documents.setting import Setting
from specs.documents.steps import child, put, value_at
from specs.documents.writing import write
from specs.models.domain import Domain, DomainSpec
from specs.places import Path


def render_domain(domain: Domain, setting: Setting) -> etree._Element:
    """The document as far as the spec says it, where it is to be."""
    spec, scheme = completed(domain.spec, setting), setting.scheme
    document = root("domain")
    element(document, "name", domain.metadata.name)
    write(document, spec)
    shares = any(each.driver in (None, "virtiofs") for each in domain.spec.filesystems)
    _dress(document, spec, scheme, shares=shares)
    arrange(document)
    return document


def _dress(document: etree._Element, spec: DomainSpec, scheme: str, *, shares: bool) -> None:
    """What a document needs and no field says."""
    machine = is_emulated(scheme, spec.type)
    container = "lxc" in (scheme, spec.type)
    vcpu = child(document, "vcpu")
    if vcpu is not None and vcpu.get("current") == vcpu.text:
        del vcpu.attrib["current"]
    for number, cell in enumerate(document.iterfind("cpu/numa/cell")):
        cell.set("id", str(number))
    _features(document, spec, emulated=machine)
    if (spec.type or scheme) != "lxc" and shares:
        _shared_memory(document)
    devices = child(document, "devices")
    if devices is None:
        devices = element(document, "devices")
    xen = "xen" in (scheme, spec.type)
    for disk in devices.iterchildren("disk"):
        _disk(disk, emulated=machine, xen=xen)
    for memory in devices.iterchildren("shmem"):
        served = memory.find("server") is not None
        element(memory, "model", type_="ivshmem-doorbell" if served else "ivshmem-plain")
    for graphics in devices.iterchildren("graphics"):
        graphics.set("autoport", "no" if graphics.get("port") else "yes")
    usual = "lxc" if container else "xen" if xen and spec.os_type != "hvm" else ""
    _characters(devices, usual or ("serial" if xen else ""))


def _features(document: etree._Element, spec: DomainSpec, *, emulated: bool) -> None:
    apic = spec.acpi and spec.arch != "aarch64"
    secure = emulated and spec.firmware and spec.firmware.secure_boot
    if not apic and not secure:
        return
    features = child(document, "features")
    if features is None:
        features = element(document, "features")
    if apic:
        element(features, "apic")
    if secure:
        element(features, "smm", state="on")


def _shared_memory(document: etree._Element) -> None:
    """virtiofs needs memory that its daemon can share (kbase/virtiofs.html)."""
    for path, wanted in (("source/@type", "memfd"), ("access/@mode", "shared")):
        place = Path.parse(f"memoryBacking/{path}")
        if value_at(document, place) is None:
            put(document, place, wanted)


def _disk(disk: etree._Element, *, emulated: bool, xen: bool) -> None:
    """An image has its format told to whoever reads it: libxl takes one for raw that no driver is named for
    (libxlMakeDisk)."""
    if disk.get("type") is None:
        disk.set("type", "file")  # an empty drive
    driver = child(disk, "driver")
    if driver is not None and (emulated or (xen and driver.get("type", "raw") != "raw")):
        driver.set("name", "qemu")
    source = child(disk, "source")
    secret = source.find("auth/secret") if source is not None and len(source) else None
    if source is not None and secret is not None:
        secret.set("type", "iscsi" if source.get("protocol") == "iscsi" else "ceph")


def _characters(devices: etree._Element, target: str) -> None:
    """The first console is the first serial port where there is one, others are virtio; unless the kind of
    guest knows one `target` alone."""
    serial = list(devices.iterchildren("serial"))
    for port, device in enumerate(serial):
        _listening(device)
        element(device, "target", port=port)
    for number, device in enumerate(list(devices.iterchildren("console"))):
        _listening(device)
        first = number == 0 and bool(serial)
        element(device, "target", type_=target or ("serial" if first else "virtio"))


def _listening(device: etree._Element) -> None:
    """We are the server of sockets, and add to logs."""
    source, log = child(device, "source"), child(device, "log")
    if source is not None and device.get("type") in ("unix", "tcp"):
        source.set("mode", "bind")
    if device.get("type") == "tcp":
        element(device, "protocol", type_="raw")
    if log is not None:
        log.set("append", "on")
