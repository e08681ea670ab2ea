"""Changes of an active network that need no restart of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NetworkSection(StrEnum):
    """The parts of a network whose entries can come, change and go while it is active."""

    DHCP_HOST = "ip-dhcp-host"
    DHCP_RANGE = "ip-dhcp-range"
    FORWARD_INTERFACE = "forward-interface"
    PORTGROUP = "portgroup"
    DNS_HOST = "dns-host"
    DNS_TXT = "dns-txt"
    DNS_SRV = "dns-srv"


class SectionCommand(StrEnum):
    """What is done to one entry of a section."""

    ADD = "add"
    DELETE = "delete"
    MODIFY = "modify"


@dataclass(frozen=True, slots=True)
class NetworkChange:
    """One entry of a section that comes, changes or goes; `entry` is its document. `subnet` is the index of
    the network's address range that it belongs to, -1 where its section has none, or anyone will do."""

    section: NetworkSection
    command: SectionCommand
    entry: str
    subnet: int = -1
