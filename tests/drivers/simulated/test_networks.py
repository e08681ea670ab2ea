"""Networks, filters and secrets as libvirt 9.0.0 keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.base import NetworkChange, NetworkSection, SectionCommand
from drivers.base.errors import NotFound, Refused, Unsupported
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.drivers.simulated.conftest import Lab

IP = "<ip address='10.0.0.1' prefix='24'/>"
UUID = "6f1d9d5a-2f0b-5c0e-9b57-6f2a3c1d8e40"


def network(lab: Lab, inner: str, name: str = "n") -> dict[str, str]:
    root = lab.define(Kind.NETWORK, name, f"<network><name>{name}</name>{inner}</network>")
    return {
        f"{element.tag!s}/{key!s}": str(value)
        for element in root.iter()
        for key, value in element.attrib.items()
    }


def test_a_network_gets_a_bridge_and_a_mac(lab: Lab) -> None:
    seen = network(lab, "<forward/>" + IP)
    assert (seen["forward/mode"], seen["bridge/name"], seen["bridge/stp"], seen["bridge/delay"]) == (
        "nat", "virbr0", "on", "0",
    )  # fmt: skip
    assert seen["mac/address"].startswith("52:54:00:")
    assert network(lab, IP, "m")["bridge/name"] == "virbr1"


def test_a_network_over_a_bridge_of_the_host_stays_as_it_is(lab: Lab) -> None:
    seen = network(lab, "<forward mode='bridge'/><bridge name='br0'/>")
    assert seen == {"forward/mode": "bridge", "bridge/name": "br0"}


def test_a_device_and_its_interface_imply_each_other(lab: Lab) -> None:
    assert network(lab, "<forward mode='route' dev='eth0'/>" + IP)["interface/dev"] == "eth0"
    pool = "<forward mode='bridge'><interface dev='eth1'/></forward>"
    assert network(lab, pool, "m")["forward/dev"] == "eth1"


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("<forward mode='nat'/>", "no IP address"),
        ("<forward mode='teleport'/>", "unknown forwarding"),
        ("<ip prefix='24'/>", "address"),
        ("<bridge name='taken'/>" + IP, "already in use"),
    ],
)
def test_networks_that_libvirt_refuses(lab: Lab, inner: str, reason: str) -> None:
    network(lab, "<bridge name='taken'/>" + IP, "first")
    with pytest.raises(Refused, match=reason):
        network(lab, inner)


@pytest.mark.parametrize(
    ("section", "entry", "path"),
    [
        (NetworkSection.DHCP_HOST, "<host mac='52:54:00:00:00:01' ip='10.0.0.5'/>", "ip/dhcp/host"),
        (NetworkSection.DHCP_RANGE, "<range start='10.0.0.7' end='10.0.0.9'/>", "ip/dhcp/range"),
        (NetworkSection.FORWARD_INTERFACE, "<interface dev='eth1'/>", "forward/interface"),
        (NetworkSection.PORTGROUP, "<portgroup name='p'/>", "portgroup"),
        (NetworkSection.DNS_HOST, "<host ip='10.0.0.5'><hostname>h</hostname></host>", "dns/host"),
        (NetworkSection.DNS_TXT, "<txt name='t' value='v'/>", "dns/txt"),
        (NetworkSection.DNS_SRV, "<srv service='s' protocol='tcp'/>", "dns/srv"),
    ],
)
def test_every_section_is_added_to_and_deleted_from(
    lab: Lab, section: NetworkSection, entry: str, path: str
) -> None:
    network(lab, IP)
    lab.driver.lifecycle.start(Kind.NETWORK, "n")
    before = lab.driver.observe.one(Kind.NETWORK, "n")
    lab.driver.live.update_network("n", NetworkChange(section, SectionCommand.ADD, entry))
    assert len(lab.live("n", Kind.NETWORK).findall(path)) == 1
    for command, error in ((SectionCommand.ADD, Refused), (SectionCommand.MODIFY, (Unsupported, Refused))):
        if command is SectionCommand.MODIFY and section in (
            NetworkSection.DHCP_HOST,
            NetworkSection.PORTGROUP,
        ):
            lab.driver.live.update_network("n", NetworkChange(section, command, entry))
        else:
            with pytest.raises(error):
                lab.driver.live.update_network("n", NetworkChange(section, command, entry))
    lab.driver.live.update_network("n", NetworkChange(section, SectionCommand.DELETE, entry))
    assert lab.driver.observe.one(Kind.NETWORK, "n") == before
    with pytest.raises(Refused, match="locate"):
        lab.driver.live.update_network("n", NetworkChange(section, SectionCommand.DELETE, entry))


def test_an_update_needs_an_active_network_and_the_right_entry(lab: Lab) -> None:
    network(lab, "")

    def add(entry: str) -> None:
        change = NetworkChange(NetworkSection.DHCP_HOST, SectionCommand.ADD, entry)
        lab.driver.live.update_network("n", change)

    with pytest.raises(Refused, match="not active"):
        add("<host ip='10.0.0.5'/>")
    lab.driver.lifecycle.start(Kind.NETWORK, "n")
    with pytest.raises(Refused, match="takes <host>"):
        add("<range/>")
    with pytest.raises(Refused, match="<ip> element"):
        add("<host ip='10.0.0.5'/>")


def test_a_filter_gets_its_defaults_and_stays_while_it_is_used(lab: Lab) -> None:
    rule = "<rule action='drop' direction='in'/>"
    root = lab.define(Kind.NETWORK_FILTER, "f", f"<filter name='f'>{rule}</filter>")
    assert root.get("chain") == "root"
    assert [element.get("priority") for element in root.iterfind("rule")] == ["500"]
    lab.define(Kind.NETWORK_FILTER, "g", "<filter name='g'><filterref filter='f'/></filter>")
    with pytest.raises(Refused, match="in use"):
        lab.driver.lifecycle.undefine(Kind.NETWORK_FILTER, "f")
    lab.driver.lifecycle.undefine(Kind.NETWORK_FILTER, "g")
    lab.running(devices="<interface type='user'><filterref filter='f'/></interface>")
    with pytest.raises(Refused, match="used by d"):
        lab.driver.lifecycle.undefine(Kind.NETWORK_FILTER, "f")
    lab.driver.lifecycle.stop(Kind.DOMAIN, "d", StopPolicy())
    lab.driver.lifecycle.undefine(Kind.NETWORK_FILTER, "f")


@pytest.mark.parametrize(
    ("reference", "starts"),
    [("clean-traffic", True), ("absent", False), ("dangling", False), ("loop", False)],
)
def test_a_guest_starts_only_with_filters_that_exist(lab: Lab, reference: str, starts: bool) -> None:
    for name, other in (("dangling", "absent"), ("loop", "loop")):
        lab.define(Kind.NETWORK_FILTER, name, f"<filter name='{name}'><filterref filter='{other}'/></filter>")
    lab.domain(devices=f"<interface type='user'><filterref filter='{reference}'/></interface>")
    if starts:
        lab.driver.lifecycle.start(Kind.DOMAIN, "d")
    else:
        with pytest.raises(Refused, match="filter"):
            lab.driver.lifecycle.start(Kind.DOMAIN, "d")


def test_a_secret_is_named_after_its_usage_or_its_uuid(lab: Lab) -> None:
    usage = "<secret><usage type='iscsi'><target>a b</target></usage></secret>"
    assert lab.define(Kind.SECRET, "iscsi:a b", usage).get("private") == "no"
    plain = f"<secret><uuid>{UUID.upper()}</uuid></secret>"
    assert lab.define(Kind.SECRET, UUID, plain).findtext("uuid") == UUID


@pytest.mark.parametrize(
    ("name", "document", "reason"),
    [
        ("ceph:k", "<secret><usage type='ceph'><name>k</name></usage></secret>", "already defined"),
        ("ceph:x", "<secret><usage type='ceph'><name>y</name></usage></secret>", "not 'ceph:x'"),
        ("ceph:", "<secret><usage type='ceph'/></secret>", "missing"),
        ("mail:k", "<secret><usage type='mail'/></secret>", "unknown secret usage"),
        ("ceph:z", "<secret private='perhaps'/>", "private"),
    ],
)
def test_secrets_that_libvirt_refuses(lab: Lab, name: str, document: str, reason: str) -> None:
    lab.define(Kind.SECRET, "ceph:k", "<secret><usage type='ceph'><name>k</name></usage></secret>")
    with pytest.raises(Refused, match=reason):
        lab.driver.lifecycle.define(Kind.SECRET, name, document)


def test_a_private_secret_is_not_given_out(lab: Lab, tmp_path: Path) -> None:
    lab.define(
        Kind.SECRET, "ceph:k", "<secret private='yes'><usage type='ceph'><name>k</name></usage></secret>"
    )
    lab.driver.lifecycle.set_secret_value("ceph:k", b"hunter2")
    assert lab.driver.lifecycle.secret_value("ceph:k") is None
    assert (tmp_path / "host.db").stat().st_mode & 0o777 == 0o600
    with pytest.raises(NotFound):
        lab.driver.lifecycle.secret_value("ceph:none")


def test_a_disk_waits_for_the_value_of_its_secret(lab: Lab) -> None:
    lab.define(Kind.SECRET, "ceph:k", "<secret><usage type='ceph'><name>k</name></usage></secret>")
    lab.domain(
        devices="<disk type='network'><source protocol='rbd' name='p/i'><auth username='u'>"
        "<secret type='ceph' usage='k'/></auth></source><target dev='vda'/></disk>"
    )
    with pytest.raises(Refused, match="does not have a value"):
        lab.driver.lifecycle.start(Kind.DOMAIN, "d")
    lab.driver.lifecycle.set_secret_value("ceph:k", b"x")
    lab.driver.lifecycle.start(Kind.DOMAIN, "d")
