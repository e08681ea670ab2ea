"""Connections to the session's real host, and a guest that is up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.contract.complete import CompleteHost, open_complete
from drivers.libvirt import opening
from specs.identity import Kind
from tests.support.daemons import LibvirtHost
from tests.support.guests import qemu_domain, wait_for

GUEST = "guest"
DEVICES = """
    <disk type='file' device='cdrom'><target dev='hda' bus='ide'/><readonly/></disk>
    <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
    <memballoon model='virtio'/>
"""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are opened from now on give a silent host up after 6 s, not 20."""
    monkeypatch.setattr(opening, "_KEEPALIVE", (1, 5))
    monkeypatch.setattr(opening, "PATIENCE", 6.0)


@pytest.fixture
def driver(empty_host: LibvirtHost) -> Iterator[CompleteHost]:
    """A connection that may write, to a host with nothing on it."""
    opened = open_complete(empty_host.qemu, host="hv1")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def guest(libvirt_host: LibvirtHost) -> Iterator[CompleteHost]:
    """A connection to a host where the Linux guest `guest` has booted; its QEMU must stay the same."""
    libvirt_host.clear()
    opened = open_complete(libvirt_host.qemu, host="hv1")
    console = libvirt_host.images / "guest.console"
    vcpu = "<vcpu current='1'>2</vcpu>"
    opened.lifecycle.define(Kind.DOMAIN, GUEST, qemu_domain(GUEST, console, devices=DEVICES, vcpu=vcpu))
    opened.lifecycle.start(Kind.DOMAIN, GUEST)
    process = libvirt_host.qemu_process(GUEST)
    wait_for(console)
    yield opened
    assert libvirt_host.qemu_process(GUEST) == process, "the guest was restarted"
    opened.close()
    libvirt_host.clear()
