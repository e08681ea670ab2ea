"""An old libvirt on our side, a newer one on the host's."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest

from drivers.base import NetworkChange, NetworkSection, SectionCommand
from drivers.libvirt.facets.live import LibvirtLive

_ADD, _HOST = libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST


class Daemon:
    """Tells its release, and remembers what a network is told."""

    def __init__(self, release: int) -> None:
        self.release, self.told = release, [0]

    def write(self, ask: Any, _: object) -> None:
        ask(self)

    def getLibVersion(self) -> int:
        return self.release

    def networkLookupByName(self, _: str) -> Daemon:
        return self

    def update(self, *told: Any) -> None:
        self.told = list(told)


@pytest.mark.parametrize(
    ("ours", "theirs", "order"),
    [
        (7_000_000, 9_000_000, [_HOST, _ADD]),
        (7_000_000, 7_001_000, [_ADD, _HOST]),
        (7_002_000, 12_008_000, [_ADD, _HOST]),
        (12_008_000, 7_000_000, [_ADD, _HOST]),
    ],
)
def test_what_is_changed_of_a_network_arrives_in_order(
    monkeypatch: pytest.MonkeyPatch, ours: int, theirs: int, order: list[int]
) -> None:
    monkeypatch.setattr(libvirt, "getVersion", lambda: ours)
    daemon = Daemon(theirs)
    change = NetworkChange(NetworkSection("ip-dhcp-host"), SectionCommand.ADD, "<host/>", -1)
    LibvirtLive(daemon).update_network("lan", change)  # type: ignore[arg-type]
    assert daemon.told[:2] == order
