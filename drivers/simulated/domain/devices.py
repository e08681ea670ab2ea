"""The devices of a whole domain: their order, and those that a machine has without being asked.

Measured on libvirt 9.0.0 (qemuDomainDefAddDefaultDevices, virDomainDefAddConsoleCompat).
"""

from __future__ import annotations

from drivers.simulated.domain.device_defaults import complete_device, complete_video
from drivers.simulated.domain.disks import check_targets, insertion_order
from drivers.simulated.xml import (
    Element,
    add,
    arrange,
    ensure,
    put_behind,
)

ORDER = (
    "emulator", "disk", "controller", "lease", "filesystem", "interface", "smartcard", "serial", "parallel",
    "console", "channel", "input", "tpm", "graphics", "sound", "audio", "video", "hostdev", "redirdev",
    "redirfilter", "hub", "watchdog", "memballoon", "rng", "nvram", "panic", "shmem", "memory", "iommu",
    "vsock", "crypto",
)  # fmt: skip
"""The order of devices, by tag (virDomainDefFormatInternalSetRootName)."""


def complete_devices(root: Element) -> None:
    """Fills in the devices of a whole domain, in place and in order."""
    devices = ensure(root, "devices")
    container = root.get("type") == "lxc"
    for device in devices:
        complete_device(device, container=container)
    if container:
        for console in devices.iterfind("console"):
            ensure(console, "target", type="lxc", port="0")
    else:
        _pair_console(devices)
        _ports(devices)
        _implicit(devices)
    for index, video in enumerate(devices.findall("video")):
        model = ensure(video, "model")
        if not index and model.get("type") != "none":
            model.set("primary", "yes")
    check_targets(devices)


def arrange_devices(root: Element) -> None:
    """Puts the devices into libvirt's order and drops what it does not know."""
    for devices in root.iterfind("devices"):
        devices[:] = insertion_order(list(devices))
        arrange(devices, ORDER, strict=True)


def _pair_console(devices: Element) -> None:
    """The first console is the first serial port seen from the other side
    (virDomainDefAddConsoleCompat)."""
    first = devices.find("console")
    kind = None if first is None else ensure(first, "target").get("type")
    if first is not None and kind in (None, "serial") and devices.find("serial") is None:
        add(devices, "serial", type=first.get("type", "pty"))
    serial = devices.find("serial")
    if serial is None:
        return
    if first is None or kind not in (None, "serial"):
        first = put_behind(devices, (), "console", type=serial.get("type", "pty"))
    target = ensure(first, "target")
    target.attrib.clear()
    target.set("type", "serial")
    target.set("port", "0")


def _ports(devices: Element) -> None:
    for index, serial in enumerate(devices.iterfind("serial")):
        target = ensure(serial, "target", type="isa-serial", port=str(index))
        if target.get("type") == "isa-serial":
            ensure(target, "model", name="isa-serial")
    for index, console in enumerate(devices.iterfind("console")):
        ensure(console, "target", port=str(index))
    for index, parallel in enumerate(devices.iterfind("parallel")):
        ensure(parallel, "target", port=str(index))


def _implicit(devices: Element) -> None:
    """What a PC has anyway."""
    buses = {(device.get("type"), device.get("bus")) for device in devices.iterfind("input")}
    for kind in ("mouse", "keyboard"):
        if (kind, "ps2") not in buses:
            add(devices, "input", type=kind, bus="ps2")
    graphics = [device.get("type") for device in devices.iterfind("graphics")]
    if graphics and devices.find("video") is None:
        complete_video(add_model(devices, "video", "qxl" if "spice" in graphics else "cirrus"))
    if devices.find("audio") is None:
        add(devices, "audio", id="1", type="spice" if "spice" in graphics else "none")
    if devices.find("memballoon") is None:
        add(devices, "memballoon", model="virtio")


def add_model(devices: Element, tag: str, kind: str) -> Element:
    """Adds a device with a model."""
    device = add(devices, tag)
    add(device, "model", type=kind)
    return device
