"""Character devices (serial, console, channel, …): paths and ports that libvirt chooses."""

from __future__ import annotations

import re

from specs.documents.tree import Node
from specs.documents.values import drop_automatic_labels, drop_empty

_GENERATED_CHANNEL = re.compile(
    r"/.*/channel(/target)?/[^/]+\..*|/.*/domain-[^/]+/[^/]+|/.*/channel(/target)?/\d+-[^/]+/[^/]+"
)
"""Paths that qemuDomainChrDefDropDefaultPath drops: '<channel folder>/<domain>.<name>',
'…/domain-<domain>/<name>' or '<channel folder>/<id>-<domain>/<name>'."""


def console_is_serial(devices: Node) -> None:
    """The first console of a machine is its first serial port, whatever it says itself, and makes one where
    there is none (virDomainDefAddConsoleCompat)."""
    console = devices.first("console")
    if console is None or console.value("target", "type") not in (None, "", "serial"):
        return
    if devices.first("serial") is not None:
        devices.children.remove(console)
        return
    console.tag = "serial"
    for target in console.all("target"):
        target.attrs.pop("type", None)


def normalise_character(device: Node) -> None:
    """A character device (virDomainChrDefFormat)."""
    device.attrs.pop("tty", None)
    kind = device.attrs.get("type", "")
    for source in device.all("source"):
        drop_automatic_labels(source)
        if kind == "pty":
            source.attrs.pop("path", None)
        elif kind == "unix":
            _socket(device, source)
    drop_empty(device, "source")
    for target in device.all("target"):
        target.attrs.pop("state", None)
        if device.tag == "console":  # virDomainDefParseXML counts them
            target.attrs.pop("port", None)


def _socket(device: Node, source: Node) -> None:
    """Without a path libvirt chooses path and mode, and writes neither (virDomainChrSourceDefFormat)."""
    path = source.attrs.get("path", "")
    name = device.value("target", "name") or ""
    if device.tag == "channel" and _GENERATED_CHANNEL.fullmatch(path) and name and path.endswith(name):
        del source.attrs["path"]
    if "path" not in source.attrs:
        source.attrs.pop("mode", None)
