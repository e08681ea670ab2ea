"""VirtualBox.xml, what VirtualBox knows beside its machines: pure. Networks and pools that VirtualBox has no
place for are kept in its global extra data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from drivers.vbox.reading import media_of
from specs.xml import parse

NETWORK, POOL = "virt-reconcile/network/", "virt-reconcile/pool/"
"""Beginnings of the keys of our networks and pools, their names behind them."""


@dataclass(frozen=True, slots=True)
class NatNetwork:
    """A NAT network of VirtualBox's."""

    name: str
    cidr: str
    dhcp: bool
    enabled: bool


@dataclass(frozen=True, slots=True)
class DhcpServer:
    """What gives out addresses in a network."""

    address: str
    netmask: str
    lower: str
    upper: str


@dataclass(frozen=True, slots=True)
class Registry:
    """The file, taken apart; machines' files by their UUIDs, as they stand there."""

    machines: Mapping[str, str] = field(default_factory=dict)
    media: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    nat: Mapping[str, NatNetwork] = field(default_factory=dict)
    dhcp: Mapping[str, DhcpServer] = field(default_factory=dict)
    kept: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    autostart_folder: str = ""

    def of_ours(self, prefix: str) -> dict[str, Mapping[str, str]]:
        """Our networks or pools: what is kept of each, by its name."""
        return {key.removeprefix(prefix): said for key, said in self.kept.items() if key.startswith(prefix)}


def read_registry(text: str) -> Registry:
    """What a VirtualBox.xml says; an empty one says nothing. Raises NotXml."""
    if not text.strip():
        return Registry()
    root = parse(text, blanks=False)
    properties = next(root.iter("{*}SystemProperties"), None)
    return Registry(
        machines={
            each.get("uuid", "").strip("{}").lower(): each.get("src", "")
            for each in root.iter("{*}MachineEntry")
        },
        media=media_of(root),
        nat={each.name: each for each in map(_nat, root.iter("{*}NATNetwork"))},
        dhcp={each.get("networkName", ""): _dhcp(each) for each in root.iter("{*}DHCPServer")},
        kept={
            each.get("name", ""): unpacked(each.get("value", ""))
            for each in root.iter("{*}ExtraDataItem")
            if each.get("name", "").startswith((NETWORK, POOL))
        },
        autostart_folder="" if properties is None else properties.get("autostartDatabasePath", ""),
    )


def packed(said: Mapping[str, str]) -> str:
    """What is kept of an object, as one value of extra data."""
    return " ".join(f"{key}={_escaped(value)}" for key, value in said.items() if value)


def unpacked(text: str) -> dict[str, str]:
    """The other way."""
    pairs = (piece.partition("=") for piece in text.split(" ") if "=" in piece)
    return {
        key: re.sub("%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), value) for key, _, value in pairs
    }


def _escaped(text: str) -> str:
    return re.sub("[% \t\r\n]", lambda found: f"%{ord(found[0]):02X}", text)


def _nat(node: etree._Element) -> NatNetwork:
    return NatNetwork(
        node.get("networkName", ""),
        node.get("network", ""),
        node.get("needDhcp") == "1",
        node.get("enabled") == "1",
    )


def _dhcp(node: etree._Element) -> DhcpServer:
    return DhcpServer(
        node.get("IPAddress", ""),
        node.get("networkMask", ""),
        node.get("lowerIP", ""),
        node.get("upperIP", ""),
    )
