"""Network filters: every spelling that libvirt takes for the one that it writes, and its near misses."""

from __future__ import annotations

import pytest

from reconciler.compare import Base
from reconciler.compare.model import Cause
from specs.identity import Kind
from tests.reconciler.compare.support import assert_spelling, facts, judged, paths

FILTER = Kind.NETWORK_FILTER


def _filter(*rules: str, head: str = "name='f' chain='root'") -> str:
    return f"<filter {head}>{''.join(rules)}</filter>"


def _rule(inner: str, head: str = "action='drop' direction='in' priority='500'") -> str:
    return f"<rule {head}>{inner}</rule>"


RULES = {
    "a MAC without its zeros": (
        "<mac srcmacaddr='1:2:3:4:5:A' srcmacmask='FF:ff:ff:ff:ff:ff'/>",
        "<mac srcmacaddr='01:02:03:04:05:0a' srcmacmask='ff:ff:ff:ff:ff:ff'/>",
        "<mac srcmacaddr='01:02:03:04:05:0b' srcmacmask='ff:ff:ff:ff:ff:ff'/>",
    ),
    "a bridge's addresses": (
        "<stp root-address='1:2:3:4:5:6' root-address-mask='F:0:0:0:0:0'/>",
        "<stp root-address='01:02:03:04:05:06' root-address-mask='0f:00:00:00:00:00'/>",
        "<stp root-address='01:02:03:04:05:07' root-address-mask='0f:00:00:00:00:00'/>",
    ),
    "a mask of IPv4": (
        "<ip srcipaddr='10.1.2.3' srcipmask='255.255.128.0'/>",
        "<ip srcipaddr='10.1.2.3' srcipmask='17'/>",
        "<ip srcipaddr='10.1.2.3' srcipmask='18'/>",
    ),
    "a mask of IPv6": (
        "<ipv6 dstipaddr='A:B::C' dstipmask='ffff:ffff:8000::'/>",
        "<ipv6 dstipaddr='a:b:0::c' dstipmask='033'/>",
        "<ipv6 dstipaddr='a:b::c' dstipmask='32'/>",
    ),
    "a mask that is none": ("<ip srcipmask='x'/>", "<ip srcipmask='x'/>", "<ip srcipmask='y'/>"),
    "an address that is none": ("<ip srcipaddr='x'/>", "<ip srcipaddr='x'/>", "<ip srcipaddr='y'/>"),
    "a range of IPv6": (
        "<tcp-ipv6 srcipfrom='FD00:0::1' srcipto='fd00::00ff'/>",
        "<tcp-ipv6 srcipfrom='fd00::1' srcipto='fd00::ff'/>",
        "<tcp-ipv6 srcipfrom='fd00::1' srcipto='fd00::fe'/>",
    ),
    "a protocol's number": ("<ip protocol='0x11'/>", "<ip protocol='UDP'/>", "<ip protocol='6'/>"),
    "a protocol without a name": ("<ip protocol='fe'/>", "<ip protocol='254'/>", "<ip protocol='253'/>"),
    "a protocol on the wire": (
        "<mac protocolid='0x86dd'/>", "<mac protocolid='ipv6'/>", "<mac protocolid='ipv4'/>",
    ),
    "a protocol within a VLAN": (
        "<vlan encap-protocol='0x806' vlanid='0x0a'/>", "<vlan encap-protocol='arp' vlanid='10'/>",
        "<vlan encap-protocol='rarp' vlanid='10'/>",
    ),
    "an operation's number": ("<arp opcode='2'/>", "<arp opcode='REPLY'/>", "<arp opcode='1'/>"),
    "a gratuitous one": ("<arp gratuitous='yes'/>", "<arp gratuitous='true'/>", "<arp gratuitous='no'/>"),
    "ports": (
        "<tcp dstportstart='0x16' dstportend='0022'/>", "<tcp dstportstart='22' dstportend='22'/>",
        "<tcp dstportstart='22' dstportend='23'/>",
    ),
    "states in any order": (
        "<all state='related, established'/>", "<all state='ESTABLISHED,RELATED'/>", "<all state='NEW'/>",
    ),
    "no state": ("<all state='NEW,NONE'/>", "<all state='NONE'/>", "<all state='NEW'/>"),
    "flags of TCP": ("<tcp flags='ack,SYN/syn'/>", "<tcp flags='SYN,ACK/SYN'/>", "<tcp flags='SYN/SYN'/>"),
    "all flags and none": (
        "<tcp flags='FIN,SYN,RST,PSH,ACK,URG/'/>", "<tcp flags='ALL/NONE'/>", "<tcp flags='ALL/SYN'/>",
    ),
    "flags of a bridge": ("<stp flags='0x44'/>", "<stp flags='68'/>", "<stp flags='69'/>"),
    "which end a set is about": (
        "<all ipset='s' ipsetflags='SRC,dst'/>", "<all ipset='s' ipsetflags='src,dst'/>",
        "<all ipset='s' ipsetflags='dst,src'/>",
    ),
    "a set is about the source": (
        "<tcp ipset='s'/>", "<tcp ipset='s' ipsetflags='src'/>", "<tcp ipset='t' ipsetflags='src'/>",
    ),
    "a variable's first value": (
        "<tcp srcportstart='$B[ @0 ] '/>", "<tcp srcportstart='$B'/>", "<tcp srcportstart='$C'/>",
    ),
    "one of a variable's values": (
        "<tcp srcportstart='$B[ @02 ]'/>", "<tcp srcportstart='$B[@2]'/>", "<tcp srcportstart='$B[2]'/>",
    ),
    "a variable that is none": ("<ip srcipaddr='$a b'/>", "<ip srcipaddr='$a b'/>", "<ip srcipaddr='$a c'/>"),
    "as it is": (
        "<tcp match='yes' dscp='1'/>", "<tcp dscp='1'/>", "<tcp match='no' dscp='1'/>",
    ),
    "a long comment": (
        f"<all comment='{'a' * 300}'/>", f"<all comment='{'a' * 256}'/>", f"<all comment='{'a' * 255}'/>",
    ),
}  # fmt: skip
HEADS = {
    "the usual priority": ("", "priority='500'", "priority='499'"),
    "a priority out of reach": ("priority='1001'", "priority='500'", "priority='1000'"),
    "connections that are not followed": ("statematch='0'", "statematch='FALSE'", ""),
    "connections that are followed": ("statematch='1'", "", "statematch='0'"),
}
CHAINS = {
    "the root chain": ("", "chain='root'", "chain='mac'"),
    "a chain's own priority": (
        "chain='arp-x'", "chain='arp-x' priority='-500'", "chain='arp-x' priority='-501'",
    ),
    "a priority of no chain": ("priority='7'", "chain='root'", "chain='root' priority='7'"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "kept", "other"), RULES.values(), ids=RULES)
def test_what_a_rule_matches(given: str, kept: str, other: str) -> None:
    assert_spelling(FILTER, *(_filter(_rule(text)) for text in (given, kept, other)))


@pytest.mark.parametrize(("given", "kept", "other"), HEADS.values(), ids=HEADS)
def test_what_a_rule_does(given: str, kept: str, other: str) -> None:
    rules = (_rule("<all/>", f"action='drop' direction='in' {text}") for text in (given, kept, other))
    assert_spelling(FILTER, *map(_filter, rules))


@pytest.mark.parametrize(("given", "kept", "other"), CHAINS.values(), ids=CHAINS)
def test_a_filters_chain(given: str, kept: str, other: str) -> None:
    assert_spelling(FILTER, *(_filter(head=f"name='f' {text}") for text in (given, kept, other)))


SSH, DNS = _rule("<tcp dstportstart='22'/>"), _rule("<udp dstportstart='53'/>")


def test_of_one_priority_the_first_rule_decides_so_their_order_matters() -> None:
    found = judged(_filter(SSH, DNS), _filter(DNS, SSH), kind=FILTER)
    assert judged(_filter(SSH, DNS), found.merged, kind=FILTER).differences == ()
    assert paths(found) == ["rule/tcp", "rule/udp", "rule/udp", "rule/tcp"]


@pytest.mark.parametrize("more", [SSH, "<filterref filter='clean-traffic'/>"])
def test_a_rule_that_nobody_declared_is_seen_without_a_record(more: str) -> None:
    found = judged(_filter(DNS), _filter(DNS, more), kind=FILTER)
    assert [cause for *_, cause in facts(found)] == [Cause.ADOPTED]
    assert judged(_filter(DNS), found.merged, kind=FILTER).differences == ()


def test_a_condition_that_nobody_declared_is_seen_without_a_record() -> None:
    narrower = _filter(_rule("<tcp dstportstart='22' srcipaddr='10.0.0.1'/>"))
    found = judged(_filter(SSH), narrower, kind=FILTER)
    assert facts(found) == [("rule/tcp/@srcipaddr", None, "10.0.0.1", Cause.ADOPTED)]
    assert judged(_filter(SSH), found.merged, kind=FILTER).differences == ()
    assert judged(_filter(SSH), narrower, Base(_filter(SSH), narrower), FILTER).differences == ()
