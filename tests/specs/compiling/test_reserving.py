"""Fixed addresses of guests: what they make of networks, and what is wrong with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from specs.compiling.kept import load_cached
from specs.compiling.loader import load
from specs.desired import Desired
from specs.diagnostics import InvalidTree
from specs.identity import Address, Kind
from tests.specs.tree import THREE, document, loaded, many, refused, write

LAN = document(
    "Network",
    "lan",
    "{forward: nat, ips: [{address: 10.9.0.1/24, dhcp: {hosts: [{mac: '52:54:00:00:00:09', ip: 10.9.0.9}]}},"
    " {address: 'fd09::1/64', dhcp: {ranges: [{start: 'fd09::10', end: 'fd09::20'}]}}]}",
)
GUEST = "{memory: 64MiB, interfaces: "
PLAIN = "<network><name>raw</name><ip address='10.8.0.1' netmask='255.255.0.0'><dhcp/></ip></network>"


def guest(name: str, *nics: str, more: str = "") -> str:
    return document("Domain", name, f"{GUEST}[{', '.join(nics)}]{more}}}")


def hosts_of(desired: Desired, host: str = "h1", network: str = "lan") -> list[str]:
    """The DHCP hosts of a network, without what is the user's own."""
    found = desired.resources[Address(Kind.NETWORK, network, host)].document
    return [each for each in re.findall(r"<host [^>]*/>", found) if "00:00:00:09" not in each]


def test_networks_keep_addresses(tmp_path: Path) -> None:
    files = {
        "lan.yaml": LAN,
        "raw.xml": PLAIN,
        "guests.yaml": many(
            guest("web", "{network: lan, ip: 10.9.0.10}", "{network: lan, ip: [10.9.0.11/24, 'fd09::a']}"),
            guest("a_b", "{network: lan, mac: '52:54:00:AA:00:01', ip: 10.9.0.12}"),
            guest("old", "{network: raw, ip: 10.8.1.1}", more=", state: stopped"),
            guest("own", "{network: lan, mac: '52:54:00:00:00:09', ip: 10.9.0.9}"),
        ),
    }
    desired = loaded(tmp_path, files)
    said = hosts_of(desired)
    assert [re.sub(r'mac="52:54:00:[^a].{7}"', "mac", each) for each in said] == [
        '<host mac="52:54:00:aa:00:01" ip="10.9.0.12"/>',  # its name is no host's
        '<host mac name="web" ip="10.9.0.10"/>',
        '<host mac ip="10.9.0.11"/>',  # libvirt has a name once
        '<host name="web" ip="fd09::a"/>',
    ]
    assert len(set(said)) == 4
    assert 'name="old" ip="10.8.1.1"' in hosts_of(desired, network="raw")[0]
    assert "10.9" not in desired.resources[Address(Kind.DOMAIN, "web")].document
    cache = tmp_path.parent / f"{tmp_path.name}-cache" / "tree.json"
    first, again = (load_cached(tmp_path, None, cache) for _ in range(2))
    assert first.resources == again.resources == desired.resources


def test_an_address_goes_where_its_guest_may_be(tmp_path: Path) -> None:
    everywhere = LAN.replace("{forward", "{hosts: all, forward")
    files = {
        "hosts.yaml": THREE,
        "lan.yaml": everywhere,
        "web.yaml": guest("web", "{network: lan, ip: 10.9.0.10}", more=", placement: {hosts: {rack: a}}"),
        "db.yaml": guest("db", "{network: lan, ip: 10.9.0.11}", more=", host: hv3"),
    }
    desired = load(write(tmp_path, files))
    kept = {host: hosts_of(desired, host) for host in ("hv1", "hv2", "hv3")}
    assert kept["hv1"] == kept["hv2"]
    assert [len(each) for each in kept.values()] == [1, 1, 1]
    assert "10.9.0.10" in kept["hv1"][0]
    assert "10.9.0.11" in kept["hv3"][0]


@pytest.mark.parametrize(
    ("nic", "message"),
    [
        ("{network: lan, ip: 10.9.0.1}", "Network 'lan': 10.9.0.1 is the host's own address there"),
        ("{network: lan, ip: 10.9.0.0}", "10.9.0.0 is the network address of 10.9.0.0/24"),
        ("{network: lan, ip: 10.9.0.255}", "10.9.0.255 is the broadcast address of 10.9.0.0/24"),
        ("{network: lan, ip: 10.7.0.3}", "10.7.0.3 is in none of its networks: 10.9.0.0/24, fd09::/64"),
        ("{network: lan, ip: 10.9.0.5/16}", "10.9.0.5 has the prefix /24 there, not /16"),
        ("{network: lan, ip: 10.9.0.9}", "10.9.0.9 is kept for 52:54:00:00:00:09 already (ips.dhcp.hosts)"),
        ("{network: lan, ip: 10.9.0.8, mac: '52:54:00:00:00:09'}", "10.9.0.9 is kept for 52:54:00:00:00:09"),
        ("{network: lan, ip: 10.9.0.20}", "10.9.0.20 is kept for Domain/one already (guests.yaml:4:"),
        ("{network: lan, ip: [10.9.0.4, 10.9.0.5]}", "one fixed address of each family"),
        ("{network: lan, ip: lan}", "'lan' is no IP address such as 192.168.100.10"),
        ("{network: bare, ip: 10.9.0.4}", "Network 'bare': it has no ips:, so that no DHCP server"),
        ("{network: deaf, ip: 10.6.0.4}", "no DHCP server gives addresses of 10.6.0.0/24 out: say dhcp:"),
        ("{network: away, ip: 10.6.0.4}", "'away' on h1 is external, and only a declared one"),
        ("{network: gone, ip: 10.6.0.4}", "there is no Network 'gone' on h1"),
        ("{bridge: br0, ip: 10.6.0.4}", "ip goes with network, whose DHCP server gives it out"),
        ("{network: lan, ip: 'fd09::4'}", "'two_' is no host name"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(tmp_path: Path, nic: str, message: str) -> None:
    networks = many(
        LAN,
        document("Network", "bare", "{forward: {mode: bridge}, bridge: br0}"),
        document("Network", "deaf", "{ips: [{address: 10.6.0.1/24}]}"),
        document("Fleet", "x", "{external: {networks: [away]}}"),
    )
    guests = many(guest("one", "{network: lan, ip: 10.9.0.20}"), guest("two_", nic))
    (told,) = refused(tmp_path, {"networks.yaml": networks, "guests.yaml": guests})
    assert message in told
    assert re.match(r"guests\.yaml:9:\d\d: ", told) or "there is no" in told or "interfaces[0]" in told


def test_not_every_hypervisor_keeps_addresses(tmp_path: Path) -> None:
    lan = document(
        "Network",
        "lan",
        "{forward: nat, ips: [{address: 10.9.0.1/24, dhcp: {ranges: [{start: 10.9.0.3, end: 10.9.0.9}]}}]}",
    )
    host = document("Host", "h1", "{uri: 'vbox:///session'}")
    files = {"host.yaml": host, "lan.yaml": lan, "web.yaml": guest("web", "{network: lan, ip: 10.9.0.10}")}
    write(tmp_path, files)
    with pytest.raises(InvalidTree, match=r"web\.yaml:4:\d+: h1 \(VirtualBox\) cannot give a network ips"):
        load(tmp_path)
