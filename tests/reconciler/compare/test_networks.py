"""Networks in the spellings that libvirt takes, documents of running ones, and what none of them keeps."""

from __future__ import annotations

import pytest

from reconciler.compare import Base
from specs.identity import Kind
from tests.reconciler.compare.support import assert_spelling, domain, judged, paths

NETWORK = Kind.NETWORK


def _network(inner: str, head: str = "") -> str:
    return f"<network{head}><name>n</name>{inner}</network>"


def _dhcp(inner: str) -> str:
    return f"<ip address='10.0.0.1' prefix='24'><dhcp>{inner}</dhcp></ip>"


def _range(inner: str) -> str:
    return _dhcp(f"<range start='10.0.0.2' end='10.0.0.9'>{inner}</range>")


def _nat(inner: str) -> str:
    return f"<forward mode='nat'>{inner}</forward>"


def _group(inner: str, head: str = "") -> str:
    return f"<portgroup name='a'{head}>{inner}</portgroup>"


def _inbound(rates: str) -> str:
    return f"<bandwidth><inbound {rates}/></bandwidth>"


def _bg(parameters: str) -> str:
    return f"<virtualport type='802.1Qbg'><parameters {parameters}/></virtualport>"


ID = "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4{}"
SPELLINGS = {
    "no forward at all": ("<forward mode='none'/>", "", "<forward mode='nat'/>"),
    "the usual ports of NAT": (
        _nat(""), _nat("<nat><port start='1024' end='65535'/></nat>"),
        _nat("<nat><port start='1025' end='65535'/></nat>"),
    ),
    "ports of NAT that are none": (
        _nat("<nat><port start='0' end='00'/></nat>"), _nat("<nat/>"),
        _nat("<nat><port start='1' end='2'/></nat>"),
    ),
    "a device of the host that is not managed": (
        "<forward mode='hostdev'><pf dev='e'/></forward>",
        "<forward mode='hostdev' managed='no'><pf dev='e'/></forward>",
        "<forward mode='hostdev' managed='YES'><pf dev='e'/></forward>",
    ),
    "the interfaces of a physical function": (
        "<forward mode='private'><pf dev='e'/><interface dev='e_0'/></forward>",
        "<forward mode='private'><pf dev='e'/></forward>", "<forward mode='private'><pf dev='f'/></forward>",
    ),
    "a device by its address": (
        "<forward mode='hostdev'><address type='pci' bus='0x3' slot='1'/></forward>",
        "<forward mode='hostdev'><address type='pci' domain='0' bus='3' slot='0x01' function='0'/></forward>",
        "<forward mode='hostdev'><address type='pci' bus='3' slot='1' function='1'/></forward>",
    ),
    "STP is on": (
        "<bridge name='b' stp='yes' delay='03'/>", "<bridge name='b' stp='on' delay='3'/>",
        "<bridge name='b' stp='off' delay='3'/>",
    ),
    "a size with zeros": ("<mtu size='01400'/>", "<mtu size='1400'/>", "<mtu size='1401'/>"),
    "a network prefix with zeros": (
        "<ip address='10.0.0.1' prefix='024'/>", "<ip address='10.0.0.1' netmask='255.255.255.0'/>",
        "<ip address='10.0.0.1' prefix='25'/>",
    ),
    "a prefix of nothing": (
        "<ip address='10.0.0.1' prefix='0'/>",
        "<ip address='10.0.0.1'/>", "<ip address='10.0.0.1' prefix='8'/>",
    ),
    "how dear a route is": (
        "<route address='10.9.0.0' prefix='16' gateway='10.0.0.2' metric='02'/>",
        "<route address='10.9.0.0' prefix='16' gateway='10.0.0.2' metric='2'/>",
        "<route address='10.9.0.0' prefix='16' gateway='10.0.0.2' metric='3'/>",
    ),
    "leases are minutes": (
        _range("<lease expiry='020'/>"), _range("<lease expiry='16' unit='minutes'/>"),
        _range("<lease expiry='16' unit='hours'/>"),
    ),
    "leases without an end": (
        _range("<lease expiry='0' unit='hours'/>"), _range("<lease expiry='0'/>"),
        _range("<lease expiry='2'/>"),
    ),
    "a service of no weight": (
        "<dns><srv service='s' protocol='tcp' target='t' port='080' weight='0' priority='00'/></dns>",
        "<dns><srv service='s' protocol='tcp' target='t' port='80'/></dns>",
        "<dns><srv service='s' protocol='tcp' target='t' port='80' weight='5'/></dns>",
    ),
    "a port group that is not the default": (
        _group("", " default='no'"), _group(""), _group("", " default='Yes'"),
    ),
    "a single tag is no trunk": (
        _group("<vlan trunk='NO'><tag id='0042'/></vlan>"), _group("<vlan><tag id='42'/></vlan>"),
        _group("<vlan trunk='yes'><tag id='42'/></vlan>"),
    ),
    "several tags are a trunk": (
        _group("<vlan><tag id='1'/><tag id='2'/></vlan>"),
        _group("<vlan trunk='yes'><tag id='1'/><tag id='2'/></vlan>"),
        _group("<vlan><tag id='1'/><tag id='3'/></vlan>"),
    ),
    "a rate without a burst": (
        _inbound("average='010' peak='0' burst='00'"), _inbound("average='10'"),
        _inbound("average='10' burst='1'"),
    ),
    "a rate of nothing": (_inbound("average='0'"), "", _inbound("average='1'")),
    "numbers of a virtual port": (
        _bg("managerid='011' typeid='0x10' typeidversion='02'"),
        _bg("managerid='9' typeid='16' typeidversion='2'"),
        _bg("managerid='11' typeid='16' typeidversion='2'"),
    ),
    "a virtual port of no kind": (
        "<virtualport><parameters/></virtualport>", "", "<virtualport type='openvswitch'/>",
    ),
    "the identity of a virtual port": (
        _bg(f"instanceid='{ID.format('F').upper()}'"), _bg(f"instanceid='{ID.format('f')}'"),
        _bg(f"instanceid='{ID.format('e')}'"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "kept", "other"), SPELLINGS.values(), ids=SPELLINGS)
def test_a_network_is_what_it_means(given: str, kept: str, other: str) -> None:
    assert_spelling(NETWORK, *map(_network, (given, kept, other)))


def test_an_interface_has_tags_and_rates_like_a_port_group() -> None:
    def nic(inner: str) -> str:
        return domain(devices=f"<interface type='bridge'><source bridge='b'/>{inner}</interface>")

    given = nic("<vlan trunk='no'><tag id='07'/></vlan>" + _inbound("average='010' peak='0'"))
    kept = nic("<vlan><tag id='7'/></vlan>" + _inbound("average='10'"))
    other = nic("<vlan><tag id='7'/></vlan>" + _inbound("average='10' peak='20'"))
    assert_spelling(Kind.DOMAIN, given, kept, other)


def test_the_document_of_a_running_network_declares_it() -> None:
    """With who is connected, and the ports that NAT took."""
    inner = "<bridge name='b' stp='on' delay='0'/><ip address='10.0.0.1' prefix='24'/>"
    persistent = _network(f"{_nat('')}{inner}")
    pasted = _network(_nat("<nat><port start='1024' end='65535'/></nat>") + inner, head=" connections='2'")
    found = judged(pasted, persistent, None, NETWORK)
    assert (found.differences, found.rewritten) == ((), ())


@pytest.mark.parametrize("observed", ["", "<nat ipv6='yes'/>", "<nat><port start='5000' end='6000'/></nat>"])
def test_ports_of_nat_are_put_where_they_belong(observed: str) -> None:
    given, seen = _network(_nat("<nat><port start='2000' end='3000'/></nat>")), _network(_nat(observed))
    found = judged(given, seen, None, NETWORK)
    assert paths(found)
    assert judged(given, found.merged, None, NETWORK).differences == ()
    assert found.merged.count("<nat") == 1


UNKEPT = {
    "a boot file without addresses to give": _dhcp("<bootp file='f'/>"),
    "a boot file of IPv6": "<ip family='ipv6' address='fd00::1' prefix='64'><dhcp>"
    "<host name='v' ip='fd00::2'/><bootp file='f'/></dhcp></ip>",
    "an element of somebody else's": "<x:y xmlns:x='urn:x'/>",
    "what is managed by nobody": "<forward mode='route' managed='yes'/>",
}
KEPT = {
    "a boot file without addresses to give": "<ip address='10.0.0.1' prefix='24'/>",
    "a boot file of IPv6": "<ip family='ipv6' address='fd00::1' prefix='64'><dhcp>"
    "<host name='v' ip='fd00::2'/></dhcp></ip>",
    "an element of somebody else's": "",
    "what is managed by nobody": "<forward mode='route'/>",
}


@pytest.mark.parametrize("case", UNKEPT)
def test_what_comes_to_nothing_is_told_and_no_difference(case: str) -> None:
    given, kept = _network(UNKEPT[case]), _network(KEPT[case])
    for record in (None, Base(given, kept)):
        found = judged(given, kept, record, NETWORK)
        assert found.differences == ()
        assert found.rewritten


def test_libvirts_own_namespaces_are_kept() -> None:
    uri = "http://libvirt.org/schemas/network/dnsmasq/1.0"
    option = f"<d:options xmlns:d='{uri}'><d:option value='x'/></d:options>"
    found = judged(_network(option), _network(""), None, NETWORK)
    assert len(found.differences) == 1
