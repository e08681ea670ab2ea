"""Each device's defaults.

Measured on libvirt 9.0.0 (virDomainDeviceDefPostParse, qemuDomainDeviceDefPostParse).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from drivers.simulated.domain.disks import complete_disk
from drivers.simulated.xml import (
    Element,
    add,
    arrange,
    attribute,
    drop_attributes,
    ensure,
    refuse,
    remove,
)

_NIC_ORDER = (
    "mac", "source", "ip", "route", "vlan", "virtualport", "script", "downscript", "backenddomain", "target",
    "guest", "model", "driver", "backend", "filterref", "boot", "tune", "teaming", "link", "mtu", "bandwidth",
    "port", "coalesce",
)  # fmt: skip
_SOURCES = {"network": "network", "bridge": "bridge", "direct": "dev"}
_VIDEO_MEMORY = {
    "cirrus": {"vram": "16384"},
    "vga": {"vram": "16384"},
    "bochs": {"vram": "16384"},
    "vmvga": {"vram": "16384"},
    "qxl": {"ram": "65536", "vram": "65536", "vgamem": "16384"},
}


def complete_device(device: Element, *, container: bool = False) -> None:
    """Fills in one device, as far as it does not depend on others."""
    _user_alias(device)
    rule = _RULES.get(str(device.tag))
    if device.tag == "disk":
        complete_disk(device, container=container)
    elif device.tag == "interface":
        _interface(device, container=container)
    elif rule:
        rule(device)
    if device.tag not in ("disk", "interface"):
        arrange(device, (), ("alias", "address"))


def _user_alias(device: Element) -> None:
    """Only aliases that users give survive (virDomainDeviceAliasIsUserAlias)."""
    for alias in device.findall("alias"):
        if not alias.get("name", "").startswith("ua-"):
            device.remove(alias)


def _interface(device: Element, *, container: bool = False) -> None:
    kind = device.get("type", "")
    if kind not in ("network", "bridge", "direct", "user", "ethernet", "hostdev", "internal", "mcast",
                    "server", "client", "udp", "vhostuser", "vdpa", "null", "vds"):  # fmt: skip
        refuse(f"unknown interface type '{kind}'", "allowed: network, bridge, direct, user, hostdev, …")
    source = device.find("source")
    if kind in _SOURCES and (source is None or not source.get(_SOURCES[kind])):
        refuse(f"interface type='{kind}' requires a 'source' element", f"give <source {_SOURCES[kind]}='…'/>")
    if source is not None and kind == "network":
        drop_attributes(source, "portid", "bridge")
    mac = ensure(device, "mac")
    mac.set("address", (mac.get("address") or _random_mac()).lower())
    target = device.find("target")
    if target is not None:
        if target.get("dev", "").startswith("vnet"):
            drop_attributes(target, "dev")
        if not target.attrib:
            device.remove(target)
    if kind != "hostdev" and not container:
        ensure(device, "model", type="rtl8139")
    for link in device.findall("link"):
        if not link.get("state"):
            device.remove(link)
    arrange(device, _NIC_ORDER, ("alias", "address"))


def _random_mac() -> str:
    return ":".join(("52:54:00", *(f"{byte:02x}" for byte in secrets.token_bytes(3))))


def _filesystem(device: Element) -> None:
    for name, value in (("type", "mount"), ("accessmode", "passthrough")):
        if device.get(name) is None:
            device.set(name, value)
    if device.find("target") is None:
        refuse("missing target information for filesystem", "give <target dir='…'/>")
    arrange(device, ("driver", "binary", "source", "target", "readonly"), ("alias", "address"))


def _controller(device: Element) -> None:
    if not device.get("type"):
        refuse("a controller needs a type", "give type='scsi', 'usb', 'pci', …")
    if device.get("type") == "scsi" and not device.get("model"):
        device.set("model", "lsilogic")


def _graphics(device: Element) -> None:
    kind = device.get("type")
    if kind not in ("vnc", "spice"):
        return
    if device.get("port") in (None, "-1", "0"):
        device.set("autoport", "yes")
        drop_attributes(device, "port", "tlsPort")
        if kind == "vnc":
            device.set("port", "-1")
    elif device.get("autoport") is None:
        device.set("autoport", "no")
    if device.find("listen") is None:
        address = device.get("listen")
        add(device, "listen", type="address", **({"address": address} if address else {}))
    elif not device.get("listen") and (address := attribute(device, "listen", "address")):
        device.set("listen", address)


def complete_video(device: Element) -> None:
    """The model of a video device, and the memory that it comes with."""
    model = ensure(device, "model", type="cirrus")
    kind = model.get("type", "")
    if kind != "none":
        for name, value in (*_VIDEO_MEMORY.get(kind, {}).items(), ("heads", "1")):
            if model.get(name) is None:
                model.set(name, value)


def _rng(device: Element) -> None:
    if device.find("backend") is None:
        refuse("missing RNG device backend", "give <backend model='random'>/dev/urandom</backend>")
    arrange(device, ("rate", "backend", "driver"), ("alias", "address"))


def _tpm(device: Element) -> None:
    backend = device.find("backend")
    if backend is None:
        refuse("missing TPM device backend", "give <backend type='emulator'/>")
    if device.get("model") is None:
        device.set("model", "tpm-tis")
    if backend.get("type") == "emulator" and backend.get("version") is None:
        backend.set("version", "2.0")


def _input(device: Element) -> None:
    kind = device.get("type")
    if kind not in ("mouse", "keyboard", "tablet", "passthrough", "evdev"):
        refuse(f"unknown input device type '{kind}'", "allowed: mouse, keyboard, tablet, passthrough, evdev")
    if device.get("bus") is None:
        device.set("bus", "usb" if kind == "tablet" else "virtio" if kind == "passthrough" else "ps2")


def _character(device: Element) -> None:
    """Ports and pseudo terminals belong to a running guest."""
    drop_attributes(device, "tty")
    if device.get("type") is None:
        device.set("type", "pty")
    if device.get("type") == "pty":
        remove(device, "source")
    for source in device.findall("source"):
        if device.tag == "channel" and "/channel/target/" in source.get("path", ""):
            device.remove(source)
    for target in device.findall("target"):
        drop_attributes(target, "state")
    if device.tag == "channel" and device.find("target") is None:
        refuse("missing target of a channel", "give <target type='virtio' name='…'/>")
    arrange(device, ("source", "protocol", "target", "log"), ("alias", "address"))


def _watchdog(device: Element) -> None:
    if not device.get("model"):
        refuse("watchdog must contain model name", "give model='i6300esb'")
    if device.get("action") is None:
        device.set("action", "reset")


def _hostdev(device: Element) -> None:
    if device.get("mode") is None:
        device.set("mode", "subsystem")
    if device.get("type") == "pci" and device.get("managed") is None:
        device.set("managed", "no")
    if device.find("source") is None:
        refuse("missing source of a host device", "give <source><address …/></source>")
    arrange(device, ("driver", "source"), ("boot", "rom", "alias", "address"))


def _shmem(device: Element) -> None:
    ensure(device, "model", type="ivshmem-plain")
    arrange(device, ("model", "size", "server", "msi"), ("alias", "address"))


def _vsock(device: Element) -> None:
    if device.get("model") is None:
        device.set("model", "virtio")
    ensure(device, "cid", auto="no")


_RULES: Mapping[str, Callable[[Element], None]] = {
    "filesystem": _filesystem,
    "controller": _controller,
    "graphics": _graphics,
    "video": complete_video,
    "rng": _rng,
    "tpm": _tpm,
    "input": _input,
    "serial": _character,
    "parallel": _character,
    "console": _character,
    "channel": _character,
    "watchdog": _watchdog,
    "hostdev": _hostdev,
    "shmem": _shmem,
    "vsock": _vsock,
}
