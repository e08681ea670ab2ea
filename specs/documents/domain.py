"""Domain → <domain> (formatdomain.html), and back."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from specs.documents.build import element, prune, root
from specs.documents.defaults import completed, is_emulated
from specs.documents.formats import FormatOf, format_by_name
from specs.documents.order import arrange
from specs.documents.writing import write
from specs.models.domain import Domain, DomainSpec


def render_domain(
    domain: Domain, scheme: str, usage: Callable[[str], str] = str, format_of: FormatOf = format_by_name
) -> etree._Element:
    """The document as far as the spec says it, for a host of that URI scheme.

    `usage` gives the usage by which the host finds the Secret of a name, `format_of` the format of a
    volume by its pool and name.
    """
    spec = completed(domain.spec, scheme, usage, format_of)
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
    vcpu = document.find("vcpu")
    if vcpu is not None and vcpu.get("current") == vcpu.text:
        del vcpu.attrib["current"]
    _features(document, spec)
    if (spec.type or scheme) != "lxc" and shares:
        _shared_memory(document)
    devices = document.find("devices")
    if devices is None:
        devices = element(document, "devices")
    for disk in devices.iterfind("disk"):
        _disk(disk, emulated=machine)
    for graphics in devices.iterfind("graphics"):
        graphics.set("autoport", "no" if graphics.get("port") else "yes")
    _characters(devices, container=container)


def _features(document: etree._Element, spec: DomainSpec) -> None:
    features = document.find("features")
    if features is None:
        features = element(document, "features")
    if spec.acpi and spec.arch != "aarch64":
        element(features, "apic")
    if spec.firmware and spec.firmware.secure_boot:
        element(features, "smm", state="on")
    prune(document, features)


def _shared_memory(document: etree._Element) -> None:
    """virtiofs needs memory that its daemon can share (kbase/virtiofs.html)."""
    backing = document.find("memoryBacking")
    if backing is None:
        backing = element(document, "memoryBacking")
    element(backing, "source", type_="memfd")
    element(backing, "access", mode="shared")


def _disk(disk: etree._Element, *, emulated: bool) -> None:
    if disk.get("type") is None:
        disk.set("type", "file")  # an empty drive
    driver = disk.find("driver")
    if driver is not None and emulated:
        driver.set("name", "qemu")
    source = disk.find("source")
    secret = disk.find("source/auth/secret")
    if source is not None and secret is not None:
        secret.set("type", "iscsi" if source.get("protocol") == "iscsi" else "ceph")


def _characters(devices: etree._Element, *, container: bool) -> None:
    for port, device in enumerate(devices.findall("serial")):
        _listening(device)
        element(device, "target", port=port)
    serial = devices.find("serial") is not None
    for number, device in enumerate(devices.findall("console")):
        _listening(device)
        first = number == 0 and serial
        element(device, "target", type_="lxc" if container else "serial" if first else "virtio")


def _listening(device: etree._Element) -> None:
    """We are the server of sockets, and add to logs."""
    source, log = device.find("source"), device.find("log")
    if source is not None and device.get("type") in ("unix", "tcp"):
        source.set("mode", "bind")
    if device.get("type") == "tcp":
        element(device, "protocol", type_="raw")
    if log is not None:
        log.set("append", "on")
