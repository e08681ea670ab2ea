"""NICs, displays, serial ports and what else is plugged in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from drivers.xen.settings import XenSettings, options_in
from drivers.xen.syntax import NotXenConfiguration
from specs.documents.build import element

_VNC = 5900
_RATE = re.compile(r"(?P<number>\d+)(?P<scale>[KMG]?)(?P<unit>[Bb])(?:ps|/s)", re.IGNORECASE)
_KIB = {"": 1, "k": 1, "m": 1024, "g": 1024 * 1024}
_USB_INPUTS = {"tablet": "tablet", "mouse": "mouse", "keyboard": "keyboard"}
_PCI = re.compile(
    r"(?:(?P<domain>[0-9a-fA-F]+):)?(?P<bus>[0-9a-fA-F]+):(?P<slot>[0-9a-fA-F]+)\.(?P<function>[0-7])"
)


def write_nic(devices: etree._Element, text: str, frontend: str) -> None:
    """A NIC: 'mac=…,bridge=…'. A type called `frontend` is one of Xen's own (xenParseVif)."""
    said = options_in(text)
    bridge, script = said.get("bridge", ""), said.get("script", "")
    bridged = bool(bridge) or script in ("vif-bridge", "vif-vnic")
    nic = element(devices, "interface", type_="bridge" if bridged else "ethernet")
    if said.get("mac"):
        element(nic, "mac", address=said["mac"])
    name, *tags = re.split(r"[.:]", bridge) if script == "vif-openvswitch" else [bridge]
    if bridge:
        element(nic, "source", bridge=name)
    if tags:
        vlan = element(nic, "vlan", trunk="yes" if ":" in bridge else None)
        for tag in tags:
            element(vlan, "tag", id=tag)
        element(nic, "virtualport", type_="openvswitch")
    for address in said.get("ip", "").split():
        element(nic, "ip", address=address, family="ipv6" if ":" in address else "ipv4")
    if script:
        element(nic, "script", path=script)
    if said.get("vifname"):
        element(nic, "target", dev=said["vifname"])
    model = said.get("model") or ("netfront" if said.get("type") == frontend else "")
    if model:
        element(nic, "model", type_=model)
    if said.get("rate"):
        element(element(nic, "bandwidth"), "outbound", average=_kib_a_second(said["rate"]))


def _kib_a_second(text: str) -> int:
    rate = _RATE.match(text.partition("@")[0].strip())
    if rate is None:
        raise NotXenConfiguration(f"a rate is like 10MB/s, not {text!r}")
    size = int(rate["number"]) * _KIB[rate["scale"].lower()]
    return size // 8 if rate["unit"] == "b" else size


def write_displays(devices: etree._Element, settings: XenSettings, kind: str) -> None:
    """The display of a guest that has emulated devices, and that of Xen's own frame buffer. The password is
    left out, as it is of what a host tells."""
    spice = _spice(settings) if kind == "hvm" else None
    if spice is not None:
        devices.append(spice)
        return
    said = {
        name: settings.text(name) for name in ("vncunused", "vncdisplay", "vnclisten", "keymap", "display")
    }
    settings.ignored("vncpasswd")
    if kind == "hvm":
        vnc, sdl = settings.flag("vnc"), settings.flag("sdl")
        if vnc:
            devices.append(_vnc(said, unused=said["vncunused"] != "0"))
        elif sdl:
            element(devices, "graphics", type_="sdl", display=said["display"] or None)
    else:
        for text in settings.texts("vfb")[:1]:
            buffer = options_in(text)
            if buffer.get("type") == "sdl":
                element(devices, "graphics", type_="sdl", display=buffer.get("display"))
            else:
                devices.append(_vnc(buffer, unused=buffer.get("vncunused") == "1"))


def _vnc(said: dict[str, str], *, unused: bool) -> etree._Element:
    graphics = etree.Element("graphics", type="vnc")
    port = -1 if unused else int(said.get("vncdisplay") or 0) + _VNC
    graphics.attrib.update({"port": str(port), "autoport": "yes" if unused else "no"})
    if said.get("keymap"):
        graphics.set("keymap", said["keymap"])
    _listen(graphics, said.get("vnclisten", ""))
    return graphics


def _listen(graphics: etree._Element, address: str) -> None:
    if address:
        graphics.set("listen", address)
        element(graphics, "listen", type_="address", address=address)


def _spice(settings: XenSettings) -> etree._Element | None:
    if not settings.flag("spice"):
        return None
    settings.ignored("spicepasswd", "spicedisable_ticketing", "spicevdagent", "vnc")
    graphics = etree.Element("graphics", type="spice")
    port, secure = settings.number("spiceport"), settings.number("spicetls_port")
    for name, value in (("port", port), ("tlsPort", secure)):
        if value:
            graphics.set(name, str(value))
    graphics.set("autoport", "no" if port or secure else "yes")
    _listen(graphics, settings.text("spicehost"))
    element(graphics, "mouse", mode="client" if settings.flag("spiceagent_mouse") else "server")
    element(graphics, "clipboard", copypaste=bool(settings.flag("spice_clipboard_sharing")))
    return graphics


def write_hostdevs(devices: etree._Element, settings: XenSettings) -> None:
    """Devices of the host that the guest is given, and the controllers of those on USB."""
    for text in settings.texts("usbctrl"):
        said = options_in(text)
        model = "qusb1" if said.get("version") == "1" else "qusb2"
        element(devices, "controller", type_="usb", model=model, ports=int(said.get("ports", "8")))
    for text in settings.texts("pci"):
        _pci(devices, text)
    for text in settings.texts("usbdev"):
        said = options_in(text)
        device = element(devices, "hostdev", mode="subsystem", type_="usb", managed="no")
        address = {"bus": said.get("hostbus"), "device": said.get("hostaddr")}
        element(element(device, "source"), "address", **address)


def _pci(devices: etree._Element, text: str) -> None:
    place, _, options = text.partition(",")
    found = _PCI.match(place.strip())
    if found is None:
        raise NotXenConfiguration(f"a PCI device is like 0000:01:1a.1, not {text!r}")
    device = element(devices, "hostdev", mode="subsystem", type_="pci", managed="no")
    element(device, "driver", name="xen")
    source = element(device, "source")
    if (permissive := options_in(options).get("permissive")) is not None:
        source.set("writeFiltering", "yes" if permissive == "0" else "no")
    parts = {name: f"0x{value or '0'}" for name, value in found.groupdict().items()}
    element(source, "address", **parts)


def write_inputs(devices: etree._Element, settings: XenSettings, kind: str) -> None:
    """USB input devices, and sound cards."""
    settings.ignored("usb")
    for name in settings.texts("usbdevice") if kind == "hvm" else ():
        if name in _USB_INPUTS:
            element(devices, "input", type_=_USB_INPUTS[name], bus="usb")
    for model in _sounds(settings.text("soundhw")) if kind == "hvm" else ():
        element(devices, "sound", model=model)


def _sounds(text: str) -> Iterator[str]:
    return filter(None, ("sb16,es1370" if text == "all" else text).split(","))
