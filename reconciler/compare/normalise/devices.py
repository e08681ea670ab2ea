"""Devices: defaults that libvirt does not write back, names that it makes up itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from reconciler.compare.model import Dialect
from reconciler.compare.normalise.values import scale
from reconciler.compare.tree import Node

_GENERATED_NIC = re.compile(r"(vnet|vif|macvtap|macvlan)\d*")
"""Names that virDomainNetDefParseXML drops (VIR_NET_GENERATED_*_PREFIX)."""

_GENERATED_CHANNEL = re.compile(r"/.*/(channel/target|qemu/channel)/.*")
"""Paths that qemuDomainChrDefDropDefaultPath drops."""


def normalise_devices(root: Node, dialect: Dialect) -> None:
    """Normalises the devices of a domain's tree in place (virDomainDeviceDefFormat of each kind)."""
    for devices in root.all("devices"):
        for device in devices.children:
            for node in device.walk():
                _common(node)
            rule = _RULES.get(device.tag)
            if rule:
                rule(device)
    for node in root.walk():
        if node.tag == "address" and node.attrs.get("type") == "pci":
            node.attrs.setdefault("domain", "0")
            node.attrs.setdefault("function", "0")


def _common(node: Node) -> None:
    node.drop(
        lambda child: (
            (child.tag == "alias" and not child.attrs.get("name", "").startswith("ua-"))
            or (child.tag in ("source", "backingStore", "driver", "encryption") and _empty(child))
            or child.tag == "mirror"
        )
    )


def _empty(node: Node) -> bool:
    return not node.attrs and not node.text and not node.children


def _disk(device: Node) -> None:
    device.attrs.setdefault("type", "file")
    device.attrs.setdefault("device", "disk")
    target = device.first("target")
    if target is not None and target.attrs.get("tray") == "closed":
        del target.attrs["tray"]
    _drop_value(device, "snapshot", "default")
    for source in (*device.all("source"), *device.all("backingStore")):
        source.attrs.pop("index", None)
        for inner in source.walk():
            if inner.tag in ("source", "backingStore"):
                inner.attrs.pop("index", None)
            inner.drop(_automatic_label)
    for driver in device.all("driver"):
        for cache in driver.all("metadata_cache"):
            for size in cache.all("max_size"):
                scale(size, "bytes", to=1)
    for host in (h for source in device.all("source") for h in source.all("host")):
        _drop_value(host, "transport", "tcp")


def _automatic_label(node: Node) -> bool:
    return node.tag == "seclabel" and not node.children and node.attrs.get("relabel") != "no"


def _interface(device: Node) -> None:
    target = device.first("target")
    if target is not None:
        if _GENERATED_NIC.fullmatch(target.attrs.get("dev", "")):
            del target.attrs["dev"]
        if _empty(target):
            device.drop(lambda child: child is target)
    for mac in device.all("mac"):
        _drop_value(mac, "type", "static")
    for source in device.all("source"):
        for volatile in ("portid", "actual"):
            source.attrs.pop(volatile, None)
    device.drop(lambda child: child.tag == "link" and child.attrs.get("state") == "up")
    for bandwidth in device.all("bandwidth"):
        bandwidth.drop(lambda child: _empty(child))


def _graphics(device: Node) -> None:
    """`listen` is the older spelling of a <listen> child; an automatic port is -1 until it is chosen."""
    _drop_value(device, "autoport", "no")
    address = device.attrs.pop("listen", "")
    if address and not any(c.attrs.get("type", "address") == "address" for c in device.all("listen")):
        device.add("listen", type="address", address=address)
    if device.attrs.get("port") == "-1":
        del device.attrs["port"]
        device.attrs["autoport"] = "yes"
    if device.attrs.get("autoport") == "yes":
        device.attrs.pop("port", None)
        device.attrs.pop("tlsPort", None)
    if device.attrs.get("tlsPort") == "-1":
        del device.attrs["tlsPort"]
    for listen in device.all("listen"):
        if listen.attrs.get("type") == "network":
            listen.attrs.pop("address", None)


def _character(device: Node) -> None:
    device.attrs.pop("tty", None)
    source = device.first("source")
    kind = device.attrs.get("type", "")
    if source is not None:
        if kind == "pty":
            source.attrs.pop("path", None)
        if kind == "unix" and _GENERATED_CHANNEL.fullmatch(source.attrs.get("path", "")):
            device.drop(lambda child: child is source)
        source.drop(_automatic_label)
        if _empty(source):
            device.drop(lambda child: child is source)
    for target in device.all("target"):
        target.attrs.pop("state", None)


def _video(device: Node) -> None:
    for model in device.all("model"):
        _drop_value(model, "primary", "yes")


def _hostdev(device: Node) -> None:
    _drop_value(device, "managed", "no")
    if device.attrs.get("type") in (None, "usb", "scsi", "mdev", "scsi_host"):
        _drop_value(device, "missing", "no")


def _filesystem(device: Node) -> None:
    device.attrs.setdefault("type", "mount")
    device.attrs.setdefault("accessmode", "passthrough")
    for limit in ("space_hard_limit", "space_soft_limit"):
        for node in device.all(limit):
            scale(node, "bytes", to=1)


def _controller(device: Node) -> None:
    for target in device.all("pcihole64"):
        scale(target, "KiB")
    for driver in device.all("driver"):
        _drop_value(driver, "queues", "0")


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


def _drop_value(node: Node, attr: str, default: str) -> None:
    """A value that libvirt does not write back because it is the default."""
    if node.attrs.get(attr) == default:
        del node.attrs[attr]


_RULES: Mapping[str, Callable[[Node], None]] = {
    "disk": _disk,
    "interface": _interface,
    "graphics": _graphics,
    "serial": _character,
    "console": _character,
    "parallel": _character,
    "channel": _character,
    "redirdev": _character,
    "smartcard": _character,
    "video": _video,
    "hostdev": _hostdev,
    "filesystem": _filesystem,
    "controller": _controller,
    "memory": _memory,
    "shmem": _shmem,
}
