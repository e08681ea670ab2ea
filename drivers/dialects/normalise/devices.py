"""Devices: defaults that libvirt does not write back, names that it makes up itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.dialects.model import Platform
from drivers.dialects.normalise.characters import console_is_serial, normalise_character
from drivers.dialects.normalise.graphics import normalise_graphics, normalise_video, primary_first
from drivers.dialects.normalise.interfaces import normalise_interface
from drivers.dialects.normalise.sources import normalise_disk, normalise_hostdev
from specs.documents.tree import Node
from specs.documents.values import drop_empty, drop_value, is_number, octal, scale

_ISA_ARCHES = frozenset({"x86_64", "i686"})


def normalise_devices(root: Node, platform: Platform) -> None:
    """Normalises the devices of a domain's tree in place (virDomainDeviceDefFormat of each kind)."""
    for devices in root.all("devices"):
        primary_first(devices)
        if _is_machine(root):
            console_is_serial(devices)
        for device in devices.children:
            for node in device.walk():
                _common(node)
            rule = _RULES.get(device.tag)
            if rule:
                rule(device)
        if _arch(root, platform) not in _ISA_ARCHES:
            _serial_without_isa(devices)
    for node in root.walk():
        # An address with nothing but its type asks for any (virPCIDeviceAddressIsEmpty).
        if node.tag == "address" and node.attrs.get("type") == "pci" and node.attrs.keys() > {"type"}:
            node.attrs.setdefault("domain", "0")
            node.attrs.setdefault("function", "0")
        elif node.tag == "address" and node.attrs.get("type") == "virtio-serial":
            _port(node)


def _port(address: Node) -> None:
    """Without a port, and 0 is none, both port and bus are chosen (virDomainVirtioSerialAddrIsComplete)."""
    if address.attrs.get("port", "0") == "0":
        address.attrs.pop("port", None)
        address.attrs.pop("bus", None)


def _is_machine(root: Node) -> bool:
    os = root.first("os")
    return os is not None and os.value("type") == "hvm"


def _arch(root: Node, platform: Platform) -> str:
    os = root.first("os")
    return (os.value("type", "arch") if os is not None else None) or platform.arch


def _serial_without_isa(devices: Node) -> None:
    """'isa-serial' was once written for every machine: elsewhere it means the machine's own serial port
    (qemuDomainChrDefPostParse)."""
    for serial in devices.all("serial"):
        for target in serial.all("target"):
            drop_value(target, "type", "isa-serial")


def _common(node: Node) -> None:
    drop_empty(node, "source", "backingStore", "driver", "encryption")
    if "loadparm" in node.attrs:  # virDomainDeviceLoadparmIsValid: kept in upper case
        node.attrs["loadparm"] = node.attrs["loadparm"].upper()
    node.drop(
        lambda child: (
            (child.tag == "alias" and not child.attrs.get("name", "").startswith("ua-"))
            or child.tag == "mirror"
        )
    )


def _filesystem(device: Node) -> None:
    device.attrs.setdefault("type", "mount")
    device.attrs.setdefault("accessmode", "passthrough")
    for mode in ("fmode", "dmode"):
        octal(device, mode)
    for source in device.all("source"):
        scale(source, "KiB", attr="usage", unit="units")
    for limit in ("space_hard_limit", "space_soft_limit"):
        for node in device.all(limit):
            scale(node, "bytes", to=1)


def _controller(device: Node) -> None:
    """A SCSI model of 'auto' is any that the host chooses (qemuDomainControllerDefPostParse)."""
    if device.attrs.get("type") == "scsi":
        drop_value(device, "model", "auto")
    for hole in device.all("pcihole64"):
        scale(hole, "KiB")
    for driver in device.all("driver"):
        driver.imply("queues", "0")


def _memory(device: Node) -> None:
    for target in device.all("target"):
        for part in target.walk():
            if part.tag in ("size", "block", "requested", "current"):
                scale(part, "KiB")
        target.drop(lambda child: child.tag == "current")
    for source in device.all("source"):
        for pagesize in source.all("pagesize"):
            scale(pagesize, "KiB")


def _shmem(device: Node) -> None:
    for size in device.all("size"):
        scale(size, "bytes", to=1)


def _redirection_filter(device: Node) -> None:
    """-1 stands for any; a USB version has two decimals, '9.4' is '9.40'
    (virDomainRedirFilterUSBDevDefParseXML)."""
    for rule in device.all("usbdev"):
        for name in ("class", "vendor", "product", "version"):
            rule.imply(name, "-1")
        major, dot, minor = rule.attrs.get("version", "").partition(".")
        if dot and is_number(major) and is_number(minor):
            rule.attrs["version"] = f"{int(major)}.{minor.ljust(2, '0')}"


_RULES: Mapping[str, Callable[[Node], None]] = {
    "disk": normalise_disk,
    "interface": normalise_interface,
    "graphics": normalise_graphics,
    "serial": normalise_character,
    "console": normalise_character,
    "parallel": normalise_character,
    "channel": normalise_character,
    "redirdev": normalise_character,
    "smartcard": normalise_character,
    "video": normalise_video,
    "hostdev": normalise_hostdev,
    "filesystem": _filesystem,
    "controller": _controller,
    "memory": _memory,
    "shmem": _shmem,
    "redirfilter": _redirection_filter,
}
