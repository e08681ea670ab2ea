"""Simulated guests' addresses, agents and consoles."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from drivers.base import AddressSource
from drivers.base.errors import NotFound, Refused
from drivers.contract.complete import CompleteHost, open_complete
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.drivers.simulated.conftest import Lab

DHCP = """<network><name>n</name><ip address='10.0.0.1' prefix='24'><dhcp>
  <range start='10.0.0.50' end='10.0.0.59'/>{}</dhcp></ip></network>"""
NIC = "<interface type='network'><mac address='52:54:00:00:00:0{}'/><source network='n'/></interface>"
FORCE = StopPolicy(methods=(), force=True)


def leases(driver: CompleteHost, name: str = "d") -> list[tuple[str, str]]:
    return [(known.mac, known.address) for known in driver.guest.addresses(name, AddressSource.LEASE)]


def network(lab: Lab, document: str) -> None:
    lab.define(Kind.NETWORK, "n", document)
    lab.driver.lifecycle.start(Kind.NETWORK, "n")


def test_a_lease_is_of_the_range_and_the_same_at_every_start(lab: Lab) -> None:
    network(lab, DHCP.format(""))
    lab.running("d", NIC.format(1) + NIC.format(2))
    first = leases(lab.driver)
    assert [mac for mac, _ in first] == ["52:54:00:00:00:01", "52:54:00:00:00:02"]
    assert all(50 <= int(address.rpartition(".")[2]) <= 59 for _, address in first)
    lab.driver.lifecycle.stop(Kind.DOMAIN, "d", FORCE)
    lab.driver.lifecycle.start(Kind.DOMAIN, "d")
    assert leases(lab.driver) == first


def test_a_reserved_address_is_given(lab: Lab) -> None:
    network(lab, DHCP.format("<host mac='52:54:00:00:00:01' ip='10.0.0.7'/>"))
    lab.running("d", NIC.format(1))
    assert leases(lab.driver) == [("52:54:00:00:00:01", "10.0.0.7")]


@pytest.mark.parametrize("ip", ["", "<ip address='10.0.0.1' prefix='24'/>"])
def test_a_network_without_dhcp_gives_none(lab: Lab, ip: str) -> None:
    network(lab, f"<network><name>n</name>{ip}</network>")
    lab.running("d", NIC.format(1))
    assert leases(lab.driver) == []


def test_a_network_that_was_stopped_gives_none(lab: Lab) -> None:
    network(lab, DHCP.format(""))
    lab.running("d", NIC.format(1))
    lab.driver.lifecycle.stop(Kind.NETWORK, "n", FORCE)
    assert leases(lab.driver) == []


def test_a_guest_that_boots_has_neither_address_nor_agent(tmp_path: Path) -> None:
    uri = f"sim://{tmp_path}/booting.db"
    channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
    document = (
        "<domain type='kvm'><name>d</name><memory>65536</memory><os><type>hvm</type></os>"
        f"<devices>{NIC.format(1)}{channel}</devices></domain>"
    )
    with closing(open_complete(uri, host="sim")) as driver:
        driver.lifecycle.define(Kind.NETWORK, "n", DHCP.format(""))
        driver.lifecycle.start(Kind.NETWORK, "n")
        driver.lifecycle.define(Kind.DOMAIN, "d", document)
        driver.lifecycle.start(Kind.DOMAIN, "d")
        assert leases(driver)
        assert driver.guest.agent_answers("d")
    with closing(open_complete(f"{uri}?boot=100s", host="sim")) as booting:
        assert leases(booting) == []
        assert booting.guest.addresses("d", AddressSource.AGENT) == ()
        assert not booting.guest.agent_answers("d")


def test_a_paused_guest_keeps_its_lease_and_its_agent_is_silent(lab: Lab) -> None:
    network(lab, DHCP.format(""))
    channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
    lab.running("d", NIC.format(1) + channel)
    lab.driver.lifecycle.suspend("d")
    assert leases(lab.driver)
    assert not lab.driver.guest.agent_answers("d")


def test_the_console_echoes(lab: Lab) -> None:
    lab.running("d", "<serial type='pty'/>")
    console = lab.driver.guest.console("d")
    assert console.read() == b"\r\nd login: "
    console.write(b"root")
    assert console.read() == b"root"
    console.close()
    assert console.read() == b""
    assert lab.driver.guest.console("d", "serial0").read()


def test_without_a_serial_port_there_is_no_console(lab: Lab) -> None:
    lab.running("d", "")
    with pytest.raises(Refused, match="'d' has no console"):
        lab.driver.guest.console("d")


def test_a_missing_file_holds_no_guest(tmp_path: Path) -> None:
    with closing(open_complete(f"sim://{tmp_path}/none.db", host="sim")) as driver:
        for call in (
            lambda: driver.guest.agent_answers("d"),
            lambda: driver.guest.addresses("d", AddressSource.ARP),
            lambda: driver.guest.console("d"),
        ):
            with pytest.raises(NotFound):
                call()
