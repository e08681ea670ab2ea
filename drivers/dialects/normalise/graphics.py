"""Displays: listens and ports, of which libvirt writes some twice and chooses others."""

from __future__ import annotations

import re
from collections.abc import Mapping

from specs.documents.tree import Node
from specs.documents.values import drop_value

_GENERATED_SOCKET = re.compile(r".*/domain-\d+-[^/]+/[^/]+")
"""Sockets in a running domain's own folder (qemuDomainDeviceGraphicsDefPostParse drops them)."""


def normalise_graphics(device: Node) -> None:
    """`listen` is the older spelling of a <listen> child; an automatic port is -1 until it is chosen."""
    if _GENERATED_SOCKET.fullmatch(device.attrs.get("socket", "")):
        del device.attrs["socket"]
    _listens(device)
    if device.attrs.get("port") == "-1":
        del device.attrs["port"]
        device.attrs["autoport"] = "yes"
    if device.attrs.get("autoport") == "yes":
        device.attrs.pop("port", None)
        device.attrs.pop("tlsPort", None)
    elif device.attrs.get("port"):
        device.attrs["autoport"] = "no"
    device.imply("autoport", "no")
    drop_value(device, "tlsPort", "-1")
    _unreachable(device)


def _listens(device: Node) -> None:
    """A socket given as an attribute stands instead of the first listen, unless that has none
    (virDomainGraphicsListensParseXML)."""
    address, socket = device.attrs.pop("listen", ""), device.attrs.pop("socket", "")
    if socket:
        first = device.first("listen")
        if first is None or first.attrs.get("type", "address") in ("address", "network"):
            device.drop(lambda child: child is first)
            if not any(listen.attrs.get("socket") == socket for listen in device.all("listen")):
                device.add("listen", type="socket", socket=socket)
        return
    if address and not any(c.attrs.get("type", "address") == "address" for c in device.all("listen")):
        device.add("listen", type="address", address=address)
    for listen in device.all("listen"):
        if listen.attrs.get("type") == "network":
            listen.attrs.pop("address", None)


_AUTH = frozenset({"passwd", "passwdValidTo", "connected"})
_SPOKEN: Mapping[str, frozenset[str]] = {
    "vnc": _AUTH | {"port", "autoport", "websocket", "keymap", "sharePolicy", "powerControl"},
    "spice": _AUTH | {"port", "tlsPort", "autoport", "keymap", "defaultMode"},
    "sdl": frozenset({"display", "xauth", "fullscreen"}),
    "rdp": frozenset({"port", "autoport", "replaceUser", "multiUser"}),
    "desktop": frozenset({"display", "fullscreen"}),
    "dbus": frozenset({"p2p", "address"}),
}
"""What is said of a display of each type (virDomainGraphicsDefFormat)."""

_OF_SOME_TYPES = frozenset[str]().union(*_SPOKEN.values())
_OF_AN_ADDRESS = ("port", "tlsPort", "autoport", "websocket")


def mark_inert_display(device: Node) -> None:
    """What is another type's, ports where no address is listened on, and how long no password is valid
    (virDomainGraphicsDefFormat, virDomainGraphicsAuthDefFormatAttr)."""
    device.lose(*(_OF_SOME_TYPES - _SPOKEN.get(device.attrs.get("type", ""), frozenset())))
    listen = device.first("listen")
    if listen is not None and listen.attrs.get("type", "address") not in ("address", "network"):
        device.lose(*_OF_AN_ADDRESS)
    if "passwd" not in device.attrs:
        device.lose(*_AUTH)
    if device.attrs.get("defaultMode") == "any":
        device.lose("defaultMode")


def _unreachable(device: Node) -> None:
    """SPICE without any port listens nowhere (virDomainDefPostParseGraphics)."""
    ports = device.attrs.get("autoport") == "yes" or {"port", "tlsPort"} & device.attrs.keys()
    if device.attrs.get("type") != "spice" or ports:
        return
    listen = device.first("listen") or device.add("listen", type="none")
    if listen.attrs.get("type", "address") == "address":
        listen.attrs.pop("address", None)
        listen.attrs["type"] = "none"


def primary_first(devices: Node) -> None:
    """The video that is said to be primary goes first, and the first is it (virDomainDefParseXML,
    virDomainDefPostParseVideo)."""
    videos = devices.all("video")
    for video in [video for video in videos if video.value("model", "primary") == "yes"][:1]:
        if video is not videos[0]:
            devices.children.remove(video)
            devices.children.insert(devices.children.index(videos[0]), video)


def normalise_video(device: Node) -> None:
    """Which is primary their order says; VGA registers are reached by I/O unless said otherwise, and there is
    no memory beyond the first 4 GiB (virDomainVideoDefFormat)."""
    for model in device.all("model"):
        model.attrs.pop("primary", None)
        drop_value(model, "vram64", "0")
    for driver in device.all("driver"):
        drop_value(driver, "vgaconf", "io")
    device.drop(lambda child: child.tag == "driver" and not child.attrs)
