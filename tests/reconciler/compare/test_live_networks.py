"""Entries of an active network: what is deleted, modified and added, and what libvirt would refuse."""

from __future__ import annotations

from specs.identity import Kind
from tests.reconciler.compare.support import live

NET = "<network><name>n</name>{}</network>"
IP = "<ip address='10.0.0.1' prefix='24'>{}</ip>"
DNS = "<dns>{}</dns>"


def host(mac: int, ip: int, name: str = "") -> str:
    named = f" name='{name}'" if name else ""
    return f"<host mac='52:54:00:00:00:0{mac}'{named} ip='10.0.0.{ip}'/>"


def dhcp(*entries: str) -> str:
    return IP.format(f"<dhcp>{''.join(entries)}</dhcp>")


def srv(more: str) -> str:
    return f"<srv service='ldap' protocol='tcp'{more}/>"


def steps(wanted: str, running: str) -> list[tuple[str, str]]:
    """Command and document of each call, in the order of the plan; nothing waits."""
    found = live(NET.format(wanted), NET.format(running), Kind.NETWORK)
    assert found.pending == ()
    return [(c.operation.arguments()["command"], c.operation.document) for c in found.changes]


def waiting(wanted: str, running: str) -> list[str]:
    """What waits for the next start; nothing is called."""
    found = live(NET.format(wanted), NET.format(running), Kind.NETWORK)
    assert found.changes == ()
    return [d.path for d in found.pending]


def test_the_first_records_come_one_by_one() -> None:
    records = DNS.format("<txt name='t' value='v'/><host ip='10.0.0.5'><hostname>a</hostname></host>")
    assert steps(records, "") == [
        ("add", '<txt name="t" value="v"/>'),
        ("add", '<host ip="10.0.0.5"><hostname>a</hostname></host>'),
    ]
    assert steps("", records) == [
        ("delete", '<txt name="t" value="v"/>'),
        ("delete", '<host ip="10.0.0.5"/>'),
    ]


def test_the_first_leases_come_one_by_one_and_the_last_go() -> None:
    filled = dhcp("<range start='10.0.0.9' end='10.0.0.19'/>", host(1, 5))
    assert [command for command, _ in steps(filled, IP.format(""))] == ["add", "add"]
    assert [command for command, _ in steps(IP.format(""), filled)] == ["delete", "delete"]


def test_what_is_no_entry_waits_with_all_around_it() -> None:
    assert waiting(dhcp("<bootp file='f'/>", host(1, 5)), IP.format("")) == ["ip[10.0.0.1]/dhcp"]
    assert waiting(DNS.format("<forwarder addr='10.0.0.9'/>"), "") == ["dns"]
    assert waiting("<dns enable='no'><txt name='t' value='v'/></dns>", "") == ["dns"]
    assert waiting(dhcp(host(1, 5)), "") == ["ip[10.0.0.1]"]


def test_hosts_that_exchange_their_addresses_are_made_anew() -> None:
    found = steps(dhcp(host(1, 6), host(2, 5)), dhcp(host(1, 5), host(2, 6)))
    assert [command for command, _ in found] == ["delete", "add", "delete", "add"]


def test_a_host_without_mac_and_name_is_made_anew() -> None:
    def known_by(ip: int) -> str:
        entry = f"<dhcp><host id='0:1' ip='fd00::{ip}'/></dhcp>"
        return f"<ip family='ipv6' address='fd00::1' prefix='64'>{entry}</ip>"

    assert [command for command, _ in steps(known_by(6), known_by(5))] == ["delete", "add"]


def test_an_entry_belongs_to_the_ip_that_runs() -> None:
    other = "<ip family='ipv6' address='fd00::1' prefix='64'/>"
    found = live(NET.format(dhcp(host(1, 5)) + other), NET.format(other + IP.format("")), Kind.NETWORK)
    assert [c.operation.arguments()["parent"] for c in found.changes] == ["1"]


def test_a_record_that_would_be_taken_for_another_waits() -> None:
    any_server, one = srv(""), srv(" domain='d' target='t' port='1'")
    assert len(waiting(DNS.format(any_server + one), DNS.format(one))) == 1
    assert len(waiting(DNS.format(one), DNS.format(any_server + one))) == 1


def test_what_another_mode_is_to_have_comes_with_it() -> None:
    given = "<network><name>n</name><forward mode='nat'><interface dev='lo'/></forward></network>"
    found = live(given, "<network><name>n</name><forward mode='open'/></network>", Kind.NETWORK)
    assert found.changes == ()
    assert {"forward/@mode", "forward/interface[lo]"} <= {each.path for each in found.pending}


def test_what_only_the_running_network_has_more_of_goes() -> None:
    def named(*names: str) -> str:
        return DNS.format(
            f"<host ip='10.0.0.5'>{''.join(f'<hostname>{name}</hostname>' for name in names)}</host>"
        )

    assert [command for command, _ in steps(named("a"), named("a", "b"))] == ["delete", "add"]
    assert [command for command, _ in steps(dhcp(host(1, 5)), dhcp(host(1, 5, "a")))] == ["modify"]
    wide = "<portgroup name='p' default='yes'><bandwidth><inbound average='1'/></bandwidth></portgroup>"
    assert [command for command, _ in steps("<portgroup name='p'/>", wide)] == ["modify"]


def test_another_interface_to_forward_to() -> None:
    def forwarded(*interfaces: str, more: str = "") -> str:
        listed = "".join(f"<interface dev='{each}' connections='1'/>" for each in interfaces)
        return f"<forward mode='passthrough'>{more}{listed}</forward>"

    assert steps(forwarded("a"), forwarded("b")) == [
        ("add", '<interface dev="a" connections="1"/>'),
        ("delete", '<interface dev="b" connections="1"/>'),
    ]
    physical = "<pf dev='eth0'/>"
    assert steps(forwarded(more=physical), forwarded("b", more=physical)) == []


def test_entries_of_an_ip_that_goes_wait_with_it() -> None:
    assert waiting("", dhcp(host(1, 5))) == ["ip[10.0.0.1]"]
