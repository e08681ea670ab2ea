"""The way to the host: lost and found again, refused, impossible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.base.errors import Refused, Unreachable, Unsupported
from drivers.contract.complete import CompleteHost, open_complete
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.support.daemons import LibvirtHost

NETWORK = "<network><name>lan</name><ip address='10.9.0.1' prefix='24'/></network>"


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_lost_connection_is_opened_again(driver: CompleteHost, libvirt_host: LibvirtHost, end: str) -> None:
    driver.lifecycle.define(Kind.NETWORK, "lan", NETWORK)
    getattr(libvirt_host, end)()
    try:
        with pytest.raises(Unreachable):
            driver.observe.inventory()
    finally:
        libvirt_host.start()
    assert (Kind.NETWORK, "lan") in driver.observe.inventory().objects


def test_a_restart_between_two_calls_goes_unnoticed(driver: CompleteHost, libvirt_host: LibvirtHost) -> None:
    driver.lifecycle.define(Kind.NETWORK, "lan", NETWORK)
    libvirt_host.restart()
    assert driver.observe.one(Kind.NETWORK, "lan")
    libvirt_host.kill()
    libvirt_host.start()
    driver.lifecycle.start(Kind.NETWORK, "lan")
    libvirt_host.restart()
    driver.lifecycle.stop(Kind.NETWORK, "lan", StopPolicy())


def test_a_closed_driver_is_unreachable(empty_host: LibvirtHost) -> None:
    driver = open_complete(empty_host.qemu, host="hv1")
    driver.close()
    driver.close()
    with pytest.raises(Unreachable, match="closed"):
        driver.observe.inventory()


def test_a_read_only_driver_reads_and_refuses_to_write(empty_host: LibvirtHost) -> None:
    driver = open_complete(empty_host.qemu, host="hv1", readonly=True)
    try:
        assert driver.observe.inventory().host == "hv1"
        assert driver.capabilities().family == "qemu"
        verb: Callable[[], object]
        for verb in (
            lambda: driver.lifecycle.define(Kind.NETWORK, "lan", NETWORK),
            lambda: driver.lifecycle.start(Kind.NETWORK, "lan"),
            lambda: driver.storage.resize("pool/volume", 1),
            lambda: driver.lifecycle.set_secret_value("ceph:key", b"value"),
        ):
            with pytest.raises(Refused, match="read-only"):
                verb()
    finally:
        driver.close()


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("qemu+unix:///system?socket={tmp}/libvirt-sock", "is libvirtd running there"),
        ("qemu+tcp://127.0.0.1:1/system", "no libvirtd is listening there"),
        ("qemu+tcp://no-such-host.invalid/system", "no-such-host.invalid"),
        ("test:////no/such/file.xml", "no/such/file.xml"),
    ],
)
def test_an_unreachable_host_says_why_and_what_to_do(uri: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=said):
        open_complete(uri.format(tmp=tmp_path), host="hv1")


def test_a_driver_that_this_libvirt_lacks(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises((Unreachable, Unsupported), match="hyperv"):
        open_complete("hyperv://host.invalid", host="hv1")
    assert capfd.readouterr().err == "", "libvirt's own error printing is off"
