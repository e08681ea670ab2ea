"""Serial and parallel ports, consoles and channels (xenParseSxprChar, libxlMakeChrdevStr)."""

from __future__ import annotations

from lxml import etree

from drivers.xen.settings import XenSettings, options_in
from drivers.xen.syntax import NotXenConfiguration
from specs.documents.build import element

_PLAIN = ("pty", "null", "vc", "stdio")


def write_ports(devices: etree._Element, settings: XenSettings, kind: str) -> None:
    """An HVM guest has ports as files say, any other a console of Xen's own."""
    if kind != "hvm":
        console = element(devices, "console", type_="pty")
        element(console, "target", type_="xen", port=0)
        return
    for tag in ("serial", "parallel"):
        for port, text in enumerate(settings.texts(tag)):
            if text != "none":
                element(_character(devices, tag, text), "target", port=port)


def _character(devices: etree._Element, tag: str, text: str) -> etree._Element:
    if text.startswith("/"):
        return _on_path(devices, tag, "dev", text)
    kind, _, rest = text.partition(":")
    if kind in _PLAIN:
        return element(devices, tag, type_=kind)
    if kind in ("file", "pipe"):
        return _on_path(devices, tag, kind, rest)
    address, *options = rest.split(",")
    mode = "bind" if "server" in options else "connect"
    if kind == "unix":
        device = element(devices, tag, type_="unix")
        element(device, "source", mode=mode, path=address)
        return device
    if kind in ("tcp", "telnet"):
        device = element(devices, tag, type_="tcp")
        _address(device, mode, address)
        element(device, "protocol", type_="telnet" if kind == "telnet" else "raw")
        return device
    if kind == "udp":
        device = element(devices, tag, type_="udp")
        there, _, here = address.partition("@")
        if here:
            _address(device, "bind", here)
        _address(device, "connect", there)
        return device
    raise NotXenConfiguration(
        f"a {tag} port is {text!r}; known: pty, file:, pipe:, unix:, tcp:, telnet:, udp:"
    )


def _on_path(devices: etree._Element, tag: str, kind: str, path: str) -> etree._Element:
    device = element(devices, tag, type_=kind)
    element(device, "source", path=path)
    return device


def _address(device: etree._Element, mode: str, address: str) -> None:
    host, _, service = address.rpartition(":")
    element(device, "source", mode=mode, host=host or None, service=service)


def write_channels(devices: etree._Element, settings: XenSettings) -> None:
    """Channels, which are of Xen's own kind."""
    for text in settings.texts("channel"):
        said = options_in(text)
        unix = said.get("connection", "pty").startswith("socket")
        channel = element(devices, "channel", type_="unix" if unix else "pty")
        if unix:
            element(channel, "source", mode="bind", path=said.get("path"))
        element(channel, "target", type_="xen", name=said.get("name"))
