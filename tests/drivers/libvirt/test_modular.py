"""Modular daemons: one for each kind, and any of them may not be there."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest

from drivers.base import EVERYTHING
from drivers.libvirt.errors import absent_daemon, translated, unreachable
from drivers.libvirt.facets.observe import LibvirtObserver
from specs.identity import Kind

_ABSENT = "Failed to connect socket to '/var/run/libvirt/{}': No such file or directory"


class Failure(libvirt.libvirtError):  # type: ignore[misc]
    """As libvirt raises it for a daemon that is not there."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.err = (libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_RPC, message, 2, "", "", "", -1, -1)


@pytest.mark.parametrize(
    ("socket", "daemon"),
    [
        ("libvirt-sock", "libvirtd"),
        ("libvirt-sock-ro", "libvirtd"),
        ("virtqemud-sock", "virtqemud"),
        ("virtnetworkd-sock-ro", "virtnetworkd"),
    ],
)
def test_the_daemon_that_is_not_there_is_named(socket: str, daemon: str) -> None:
    error = Failure(_ABSENT.format(socket))
    assert absent_daemon(error) == daemon
    for told in (translated(error), unreachable("qemu+unix:///system?socket=/x", error)):
        assert f"is {daemon} running there? (systemctl start {daemon}.socket)" in str(told)


def test_a_daemon_that_lets_nobody_in_is_there() -> None:
    error = Failure(
        _ABSENT.format("virtqemud-sock").replace("No such file or directory", "Permission denied")
    )
    assert "join the group 'libvirt'" in str(unreachable("qemu:///system", error))
    assert absent_daemon(Failure("Unable to parse the URI")) == ""


class Virtqemud:
    """A hypervisor's daemon alone; the others are not there."""

    def __getattr__(self, name: str) -> Any:
        if name in ("getLibVersion", "getVersion"):
            return lambda: 9000000
        if name == "getType":
            return lambda: "QEMU"
        if name == "getCapabilities":
            return lambda: "<capabilities><host><uuid>0</uuid></host></capabilities>"
        if name == "getURI":
            return lambda: "qemu:///system"
        if "Domains" in name:
            return lambda *_: []
        kinds = (kind for kind in ("network", "storage", "secret", "nwfilter") if kind in name.lower())
        kind = next(kinds, "")
        if not kind:
            return lambda *_: "what else it is asked for"

        def fails(*_: object) -> None:
            raise Failure(_ABSENT.format(f"virt{kind}d-sock"))

        return fails


class Through:
    """A connection to it."""

    uri, readonly = "qemu:///system", True

    def read(self, ask: Any) -> Any:
        return ask(Virtqemud())


def test_what_another_daemon_has_is_unknown_and_not_absent() -> None:
    seen = LibvirtObserver(Through(), "hv1").inventory()  # type: ignore[arg-type]
    assert seen.objects == {}
    told = {kind: why for (kind, name), why in seen.failures.items() if name == EVERYTHING}
    assert {Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME, Kind.SECRET, Kind.NETWORK_FILTER} <= told.keys()
    assert "systemctl start virtnetworkd.socket" in told[Kind.NETWORK]
    assert "systemctl start virtstoraged.socket" in told[Kind.VOLUME]
