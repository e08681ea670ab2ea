"""Devices plugged in, out and changed while the guest runs.

What QEMU can and cannot: qemuDomainAttachDeviceLive, qemuDomainDetachDeviceLive,
qemuDomainUpdateDeviceLive of libvirt 9.0.0, measured with QEMU 7.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace

from drivers.base.errors import NotFound, Unsupported
from drivers.simulated.domain.addresses import assign_addresses
from drivers.simulated.domain.device_defaults import complete_device
from drivers.simulated.domain.devices import arrange_devices
from drivers.simulated.domain.disks import bus_of, check_targets, target_of
from drivers.simulated.domain.live import run_device, uses_of
from drivers.simulated.domain.verbs import check_disk, check_interface, running
from drivers.simulated.rows import HostRows, StoredObject
from drivers.simulated.xml import (
    Element,
    attribute,
    drop_attributes,
    parse,
    put_behind,
    refuse,
    remove,
    to_text,
)

_PLUGGABLE = frozenset(
    {"disk", "interface", "hostdev", "filesystem", "rng", "controller", "channel", "input", "memory",
     "lease", "redirdev", "shmem", "vsock", "watchdog"}
)  # fmt: skip
_CHANGEABLE: Mapping[str, frozenset[str]] = {
    "interface": frozenset({"link", "filterref", "bandwidth", "vlan", "source", "coalesce"}),
    "graphics": frozenset({"listen"}),
    "disk": frozenset(),
}
"""Parts of a device that an update changes in place (qemuDomainChangeNet, qemuDomainChangeGraphics)."""
_BEFORE_TARGET = ("mac", "source", "vlan", "virtualport")
_LATER = "it changes at the next start"
_RUNTIME = frozenset({"alias", "address", "backingStore"})


def attach(host: HostRows, name: str, document: str) -> None:
    """Plugs a device in."""
    entry, root, devices = _open(host, name)
    device = parse(document)
    _check_pluggable(device)
    complete_device(device)
    if device.tag == "disk":
        check_disk(device, host)
    if device.tag == "interface":
        check_interface(device, host)
    devices.append(device)
    check_targets(devices)
    assign_addresses(root, hotplug=True)
    for new in [child for child in devices if child.tag == "controller" and child.find("alias") is None]:
        run_device(root, new, host)
    run_device(root, device, host)
    _save(host, entry, root)


def detach(host: HostRows, name: str, document: str) -> None:
    """Unplugs a device; NotFound when it is not there."""
    entry, root, devices = _open(host, name)
    device = parse(document)
    _check_pluggable(device, "detach")
    devices.remove(_find(devices, device))
    _save(host, entry, root)


def update(host: HostRows, name: str, document: str) -> None:
    """Changes what can be changed in place; Unsupported when anything else differs."""
    entry, root, devices = _open(host, name)
    wanted = parse(document)
    if wanted.tag not in _CHANGEABLE:
        raise Unsupported(
            f"live update of device '{wanted.tag}' is not supported", "it changes at the next start"
        )
    complete_device(wanted)
    actual = _find(devices, wanted)
    removable = wanted.tag == "disk" and wanted.get("device") in ("cdrom", "floppy")
    changeable = frozenset({"source"}) if removable else _CHANGEABLE[str(wanted.tag)]
    _check_unchanged(wanted, actual, changeable, removable)
    if wanted.tag == "disk":
        check_disk(wanted, host, name)
    if wanted.tag == "interface":
        check_interface(wanted, host)
    new = deepcopy(wanted)
    for child in actual:
        if child.tag in ("alias", "address") and new.find(str(child.tag)) is None:
            new.append(deepcopy(child))
        if child.tag == "target" and wanted.tag == "interface" and new.find("target") is None:
            put_behind(new, _BEFORE_TARGET, "target", dev=child.get("dev", ""))
    if wanted.tag == "graphics":
        _keep_port(new, actual)
    devices.replace(actual, new)
    run_device(root, new, host)
    _save(host, entry, root)


def _open(host: HostRows, name: str) -> tuple[StoredObject, Element, Element]:
    entry = running(host, name)
    root = parse(entry.live or "")
    devices = root.find("devices")
    assert devices is not None
    return entry, root, devices


def _save(host: HostRows, entry: StoredObject, root: Element) -> None:
    arrange_devices(root)
    host.set_uses(entry.name, uses_of(root, host))
    host.save(replace(entry, live=to_text(root)))


def _check_pluggable(device: Element, verb: str = "attach") -> None:
    tag = str(device.tag)
    if tag not in _PLUGGABLE:
        raise Unsupported(f"live {verb} of device '{tag}' is not supported", "it changes at the next start")
    reason = _COLD[tag](device) if tag in _COLD else ""
    if reason:
        refuse(reason, "it changes at the next start")


def _cold_disk(device: Element) -> str:
    if device.get("device", "disk") not in ("disk", "lun"):
        return f"disk device type '{device.get('device')}' cannot be hotplugged"
    bus = bus_of(device) or {"sd": "scsi", "vd": "virtio", "hd": "ide"}.get(target_of(device)[:2], "")
    return "" if bus in ("virtio", "scsi", "usb") else f"disk bus '{bus}' cannot be hotplugged"


def _cold_filesystem(device: Element) -> str:
    virtiofs = device.find("driver[@type='virtiofs']") is not None
    return "" if virtiofs else "only virtiofs filesystems can be hotplugged"


def _cold_controller(device: Element) -> str:
    kind = device.get("type")
    return "" if kind == "scsi" else f"'{kind}' controller cannot be hot plugged."


def _cold_channel(device: Element) -> str:
    virtio = device.find("target[@type='virtio']") is not None
    return "" if virtio else "channel hotplug is only supported for virtio channels"


def _cold_input(device: Element) -> str:
    bus = device.get("bus", "")
    return "" if bus in ("usb", "virtio") else f"input device on bus '{bus}' cannot be hot plugged"


_COLD: Mapping[str, Callable[[Element], str]] = {
    "disk": _cold_disk,
    "filesystem": _cold_filesystem,
    "controller": _cold_controller,
    "channel": _cold_channel,
    "input": _cold_input,
}
"""Why a device of that tag cannot be plugged in or out while the guest runs; '' when it can."""


def _find(devices: Element, wanted: Element) -> Element:
    """The running device that a document means; NotFound when there is none."""
    tag = str(wanted.tag)
    alias = wanted.find("alias")
    for device in devices.iterfind(tag):
        own = device.find("alias")
        if alias is not None and own is not None and alias.get("name") == own.get("name"):
            return device
        if _key(device) == _key(wanted):
            return device
    raise NotFound(f"device not found: no {tag} with {_key(wanted) or 'the same content'}")


def _key(device: Element) -> str:
    """By what libvirt tells devices of a kind apart (virDomain*Find)."""
    match device.tag:
        case "disk":
            return target_of(device)
        case "interface":
            return attribute(device, "mac", "address").lower()
        case "controller":
            return f"{device.get('type')} {device.get('index')}"
        case "graphics":
            return device.get("type", "")
        case "filesystem":
            return attribute(device, "target", "dir")
        case "channel":
            return attribute(device, "target", "name")
        case _:
            return _content(device)


def _content(device: Element) -> str:
    """Everything that is not chosen at run time."""
    copy = deepcopy(device)
    remove(copy, "alias", "address", "backingStore")
    return to_text(copy)


def _check_unchanged(wanted: Element, actual: Element, changeable: frozenset[str], removable: bool) -> None:
    ignored = changeable | _RUNTIME | ({"driver"} if removable else frozenset())
    old, new = _parts(actual), _parts(wanted)
    for tag in sorted({*old, *new} - ignored):
        if old.get(tag) != new.get(tag):
            raise Unsupported(f"cannot modify field '{tag}' of the {wanted.tag}", _LATER)
    fixed = {"interface": ("type",), "disk": ("device",), "graphics": ("type", "port")}[str(wanted.tag)]
    for name in fixed:
        if wanted.get(name) not in (None, "-1", actual.get(name)):
            raise Unsupported(f"cannot modify field '{name}' of the {wanted.tag}", _LATER)


def _parts(device: Element) -> dict[str, list[str]]:
    """A device's children as text, by tag; run-time names dropped."""
    parts: dict[str, list[str]] = {}
    for child in device:
        copy = deepcopy(child)
        if child.tag == "source":
            drop_attributes(copy, "index", "portid")
            if device.get("type") == "network":
                drop_attributes(copy, "bridge")
        if child.tag == "target" and device.tag == "interface":
            drop_attributes(copy, "dev")
            if not copy.attrib:
                continue
        parts.setdefault(str(child.tag), []).append(to_text(copy))
    return parts


def _keep_port(new: Element, actual: Element) -> None:
    for name in ("port", "tlsPort", "websocket"):
        if new.get(name) in (None, "-1") and actual.get(name):
            new.set(name, actual.get(name, ""))
