"""A running domain's document: what a start adds to the persistent one.

Measured on libvirt 9.0.0 with QEMU 7.2 (qemuAssignDeviceAliases, qemuProcessPrepareDomain).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from uuid import uuid4

from drivers.simulated.domain.disks import bus_of, disk_index, source_of, target_of
from drivers.simulated.rows import HostRows, Use
from drivers.simulated.xml import (
    Element,
    add,
    arrange,
    attribute,
    drop_attributes,
    ensure,
    put_behind,
    remove,
    text_of,
)
from specs.identity import Kind

_PREFIXES = {
    "interface": "net", "filesystem": "fs", "hostdev": "hostdev", "serial": "serial", "parallel": "parallel",
    "channel": "channel", "console": "console", "input": "input", "sound": "sound", "video": "video",
    "rng": "rng", "watchdog": "watchdog", "memballoon": "balloon", "redirdev": "redir", "shmem": "shmem",
    "tpm": "tpm-tpm", "panic": "panic", "vsock": "vsock", "memory": "dimm", "smartcard": "smartcard",
    "hub": "hub",
}  # fmt: skip
_FIRST_PORT = 5900
_BEFORE_RESOURCE = ("vcpu", "iothreads", "iothreadids", "defaultiothread", "cputune", "numatune")


def run(root: Element, host: HostRows) -> None:
    """Makes a persistent document the one of a guest that has just started, in place."""
    number = host.count("domain-id") + 1
    root.set("id", str(number))
    if root.find("resource") is None:
        add(put_behind(root, _BEFORE_RESOURCE, "resource"), "partition", "/machine")
    _cpu(root)
    for device in _devices(root):
        run_device(root, device, host)
    _first_console(root)
    label = add(root, "seclabel", type="dynamic", model="dac", relabel="yes")
    add(label, "label", "+0:+0")
    add(label, "imagelabel", "+0:+0")


def run_device(root: Element, device: Element, host: HostRows) -> None:
    """What one device gets when it is plugged in: an alias, and what its kind needs."""
    match device.tag:
        case "disk":
            _disk(device, host)
        case "interface":
            _interface(device, host)
        case "serial" | "console" if device.get("type") == "pty":
            _terminal(device, host)
        case "channel" if device.get("type") == "unix" and device.find("source") is None:
            _channel(root, device)
        case "graphics":
            _graphics(device, host)
    if (
        device.tag not in ("emulator", "graphics", "audio", "lease", "nvram", "iommu")
        and device.find("alias") is None
    ):
        alias = add(device, "alias", name=_alias(root, device))
        address = device.find("address")
        if address is not None:
            device.remove(alias)
            device.insert(device.index(address), alias)


def uses_of(root: Element, host: HostRows) -> Iterator[Use]:
    """What a running guest holds: images, filters, display ports."""
    for disk in root.iterfind("devices/disk"):
        image = image_of(disk, host)
        if image:
            shared = disk.find("shareable") is not None or disk.find("readonly") is not None
            yield Use("image", image, shared)
    for reference in root.iterfind("devices/interface/filterref"):
        yield Use("filter", reference.get("filter", ""), True)
    for graphics in root.iterfind("devices/graphics"):
        if graphics.get("port", "-1") != "-1":
            yield Use("port", graphics.get("port", ""))


def image_of(disk: Element, host: HostRows) -> str:
    """Where a disk's data is, whichever way the document says it; '' for an empty drive."""
    source = source_of(disk)
    if disk.get("type") != "volume" or not source:
        return source
    pool_name, _, volume = source.partition("/")
    pool = host.entry(Kind.STORAGE_POOL, pool_name)
    return f"{pool.place}/{volume}" if pool else source


def _devices(root: Element) -> list[Element]:
    return [device for devices in root.iterfind("devices") for device in devices]


def _cpu(root: Element) -> None:
    """The model that the guest sees (qemuProcessUpdateGuestCPU)."""
    for cpu in root.iterfind("cpu"):
        if cpu.get("mode") == "host-passthrough":
            continue
        if cpu.get("mode") == "host-model":
            cpu.set("mode", "custom")
            cpu.set("match", "exact")
            add(cpu, "model", "EPYC-Rome", fallback="forbid")
        cpu.set("check", "full")
        if cpu.find("feature[@name='hypervisor']") is None:
            add(cpu, "feature", policy="require", name="hypervisor")
        arrange(cpu, ("model", "vendor", "topology", "cache", "maxphysaddr", "feature", "numa"))


def _disk(disk: Element, host: HostRows) -> None:
    source = disk.find("source")
    driver = disk.find("driver")
    if source is None:
        if driver is not None:
            drop_attributes(driver, "type")
        return
    source.set("index", str(disk_index(target_of(disk)) + 1))
    if disk.find("backingStore") is None and disk.get("device") != "lun":
        put_behind(disk, ("source",), "backingStore")


def _interface(device: Element, host: HostRows) -> None:
    source = device.find("source")
    if device.get("type") == "network" and source is not None:
        network = host.entry(Kind.NETWORK, source.get("network", ""))
        source.set("portid", str(uuid4()))
        bridge = re.search(r'<bridge[^>]*\bname="([^"]+)"', network.document) if network else None
        if bridge:
            source.set("bridge", bridge[1])
    if device.get("type") in ("network", "bridge", "ethernet"):
        target = device.find("target")
        if target is None:
            target = put_behind(device, ("mac", "source", "vlan", "virtualport"), "target")
        if target.get("dev") is None:
            target.set("dev", f"vnet{host.count('vnet')}")


def _terminal(device: Element, host: HostRows) -> None:
    path = f"/dev/pts/{host.count('pty')}"
    source = device.find("source")
    if source is None:
        source = put_behind(device, (), "source")
    source.set("path", path)
    if device.tag == "console":
        device.set("tty", path)


def _first_console(root: Element) -> None:
    """The first console shows what the first serial port does, alias and terminal included."""
    console = root.find("devices/console")
    serial = root.find("devices/serial")
    if console is None or serial is None or ensure(console, "target").get("type") != "serial":
        return
    remove(console, "source", "alias")
    source = serial.find("source")
    if source is not None:
        console.insert(0, deepcopy(source))
        console.set("tty", source.get("path", ""))
    add(console, "alias", name=attribute(serial, "alias", "name"))


def _channel(root: Element, device: Element) -> None:
    target = ensure(device, "target")
    folder = f"domain-{root.get('id')}-{text_of(root, 'name')[:20]}"
    path = f"/var/lib/libvirt/qemu/channel/target/{folder}/{target.get('name', '')}"
    put_behind(device, (), "source", mode="bind", path=path)
    target.set("state", "disconnected")


def _graphics(device: Element, host: HostRows) -> None:
    if device.get("autoport") == "yes":
        port = _FIRST_PORT
        while host.uses("port", str(port)):
            port += 1
        device.set("port", str(port))
    for listen in device.iterfind("listen[@type='address']"):
        if listen.get("address") is None:
            listen.set("address", "127.0.0.1")
        device.set("listen", listen.get("address", ""))


def _alias(root: Element, device: Element) -> str:
    if device.tag == "disk":
        return _disk_alias(device)
    if device.tag == "controller":
        return _controller_alias(device)
    prefix = _PREFIXES.get(str(device.tag), str(device.tag))
    names = {alias.get("name", "") for alias in root.iterfind("devices/*/alias")}
    number = 0
    while f"{prefix}{number}" in names:
        number += 1
    return f"{prefix}{number}"


def _disk_alias(disk: Element) -> str:
    bus = bus_of(disk)
    address = disk.find("address[@type='drive']")
    if address is None:
        return f"{bus}-disk{disk_index(target_of(disk))}"
    parts = ("controller", "bus", "target", "unit") if bus == "scsi" else ("controller", "bus", "unit")
    return bus + "-".join(address.get(part, "0") for part in parts)


def _controller_alias(device: Element) -> str:
    kind, index = device.get("type", ""), device.get("index", "0")
    if kind == "pci":
        return "pcie.0" if device.get("model") == "pcie-root" else f"pci.{index}"
    if kind in ("usb", "sata", "ide") and index == "0":
        return "usb" if kind == "usb" else "ide"
    return f"{kind}{index}"
