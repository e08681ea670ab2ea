"""The cards and ports of a machine, as its .vbox file has them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from lxml import etree

from drivers.native.devices import Nic, SerialPort, SoundCard, VideoCard
from drivers.vbox.nodes import Element, child, every
from drivers.vbox.words import NIC_OF, SOUND_OF, USUAL_NIC, VIDEO_OF

_NICS = {name: model for model, name in NIC_OF.items()}
_VIDEOS = {name.lower(): model for model, name in VIDEO_OF.items()}
_SOUNDS = {name: model for model, name in SOUND_OF.items()}


def nics_in(hardware: Element, internal: Collection[str]) -> tuple[tuple[Nic, ...], dict[str, int]]:
    """The network cards, and by their MACs the adapters that they are, counted from 1."""
    nics: list[Nic] = []
    slots: dict[str, int] = {}
    for node in every(hardware, "Network/Adapter"):
        if node.get("enabled") != "true":
            continue
        plain = node.get("MACAddress", "").lower()
        mac = ":".join(plain[at : at + 2] for at in range(0, len(plain), 2))
        slots[mac] = int(node.get("slot", 0)) + 1
        nics.append(_nic(node, mac, internal))
    return tuple(nics), slots


def _nic(node: Element, mac: str, internal: Collection[str]) -> Nic:
    nic = Nic(
        type="null",
        mac=mac,
        model=_NICS.get(node.get("type", USUAL_NIC), node.get("type", USUAL_NIC)),
        link="down" if node.get("cable") == "false" else None,
    )
    for attached in node:
        match etree.QName(attached).localname, attached.get("name"):
            case "NAT", _:
                return replace(nic, type="user")
            case (("NATNetwork" | "HostOnlyInterface" | "HostOnlyNetwork"), name):
                return replace(nic, type="network", network=name)
            case "InternalNetwork", name if name in internal:
                return replace(nic, type="network", network=name)
            case "InternalNetwork", name:
                return replace(nic, type="internal", internal=name)
            case "BridgedInterface", name:
                return replace(nic, type="bridge", bridge=name)
    return nic


def serials_in(hardware: Element) -> Iterator[SerialPort]:
    """The serial ports."""
    for node in every(hardware, "UART/Port"):
        if node.get("enabled") != "true":
            continue
        port, path = int(node.get("slot", 0)), node.get("path", "")
        serves = node.get("server") == "true"
        match node.get("hostMode"):
            case "HostPipe":
                yield SerialPort(type="unix", mode="bind" if serves else "connect", path=path, port=port)
            case "TCP":
                host, _, service = path.rpartition(":")
                mode = "bind" if serves else "connect"
                yield SerialPort(
                    type="tcp", mode=mode, host=host or None, service=service, protocol="raw", port=port
                )
            case "RawFile":
                yield SerialPort(type="file", path=path, port=port)
            case "HostDevice":
                yield SerialPort(type="dev", path=path, port=port)
            case _:
                yield SerialPort(type="null", port=port)


def sounds_in(hardware: Element) -> Iterator[SoundCard]:
    """The sound card, where one is on."""
    card = child(hardware, "AudioAdapter")
    if card is not None and card.get("enabled") == "true":
        yield SoundCard(model=_SOUNDS.get(card.get("controller", "AC97"), "ac97"))


def video_in(hardware: Element) -> VideoCard:
    """The video card."""
    card = child(hardware, "Display")
    given: Mapping[str, str] = {} if card is None else {str(k): str(v) for k, v in card.attrib.items()}
    model = given.get("controller", "VBoxVGA").lower()
    return VideoCard(
        type=_VIDEOS.get(model, model),
        vram=int(given.get("VRAMSize", 8)) * 1024,
        heads=int(given.get("monitorCount", 1)),
    )
