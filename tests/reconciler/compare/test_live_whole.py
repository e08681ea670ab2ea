"""Live changes as a whole: each operation with its document and arguments, each difference with its sides."""

from __future__ import annotations

import pytest

from reconciler.compare.model import Cause, Effect
from specs.identity import Kind
from tests.reconciler.compare.support import disk, domain, live, nic

MAC, OTHER = "52:54:00:00:00:01", "52:54:00:00:00:02"
NET = "<network><name>n</name>{}</network>"
IP = "<ip address='10.0.0.1' prefix='24'><dhcp>{}</dhcp></ip>"
IP6 = "<ip family='ipv6' address='fd00::1' prefix='64'><dhcp>{}</dhcp></ip>"
SMALL = "<currentMemory unit='KiB'>{}</currentMemory>"
ROM = "<disk type='file' device='cdrom'>{}<target dev='sda' bus='sata'/><readonly/>{}</disk>"
AT = "<alias name='x'/><address type='drive' controller='0' bus='0' target='0' unit='0'/>"


def hosts(*names: str) -> str:
    return "".join(f"<host mac='52:54:00:00:00:0{name[0]}' ip='10.0.0.{name[1:]}'/>" for name in names)


# wanted, running, what is done (verb, arguments, document), what waits (path, declared, observed)
Row = tuple[str, str, list[tuple[str, dict[str, str], str]], list[tuple[str, str | None, str | None]]]
DOMAINS: dict[str, Row] = {
    "nothing": (domain(), domain(), [], []),
    "as much as the maximum": (
        domain(SMALL.format(524288)), domain(SMALL.format(523264)),
        [("set-memory", {"kib": "524288"}, "")], [],
    ),
    "one more than the maximum": (
        domain(SMALL.format(524288)),
        domain(SMALL.format(523264), memory="<memory unit='KiB'>523264</memory>"),
        [],
        [("memory", "512 MiB", "523264 KiB"), ("currentMemory", "524288 KiB", "523264 KiB")],
    ),
    "as many vcpus as the maximum": (
        domain().replace("<vcpu>", "<vcpu current='2'>"), domain().replace("<vcpu>", "<vcpu current='1'>"),
        [("set-vcpus", {"count": "2"}, "")], [],
    ),
    "a pin that is new, one that is another and one that is gone": (
        domain("<cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='1' cpuset='2'/></cputune>"),
        domain("<cputune><vcpupin vcpu='1' cpuset='3'/><emulatorpin cpuset='1'/></cputune>"),
        [
            ("tune", {"path": "cputune/vcpupin[0]", "value": "1"}, ""),
            ("tune", {"path": "cputune/vcpupin[1]/@cpuset", "value": "2"}, ""),
        ],
        [],
    ),
    "a tunable that only what runs has is its own": (
        domain("<cputune><period>9999</period></cputune>"),
        domain("<cputune><shares>5</shares><period>9999</period></cputune>"),
        [], [],
    ),
    "one device for another": (
        domain(devices=disk("vdb", "/b")), domain(devices=disk("vdc", "/c")),
        [
            ("attach", {}, "<disk type=\"file\" device=\"disk\"><source file=\"/b\"/>"
             "<target dev=\"vdb\" bus=\"virtio\"/></disk>"),
            ("detach", {}, "<disk type=\"file\" device=\"disk\"><source file=\"/c\"/>"
             "<target dev=\"vdc\" bus=\"virtio\"/></disk>"),
        ],
        [],
    ),
    "a medium at the address that it has": (
        domain(devices=ROM.format("<source file='/new'/>", AT)), domain(devices=ROM.format("", AT)),
        [("update", {}, "<disk type=\"file\" device=\"cdrom\"><source file=\"/new\"/>"
          "<target dev=\"sda\" bus=\"sata\"/><readonly/></disk>")],
        [],
    ),
    "two parts of one device at once": (
        domain(devices=nic("blue", MAC, "<link state='down'/>")), domain(devices=nic("red", MAC)),
        [("update", {}, f"<interface type=\"network\"><mac address=\"{MAC}\"/><source network=\"blue\"/>"
          "<link state=\"down\"/></interface>")],
        [],
    ),
    "a part that can be changed waits with one that cannot, another device does not": (
        domain(devices=nic("blue", MAC, "<model type='e1000'/>") + nic("blue", OTHER)),
        domain(devices=nic("red", MAC, "<model type='virtio'/>") + nic("red", OTHER)),
        [("update", {}, f"<interface type=\"network\"><mac address=\"{OTHER}\"/>"
          "<source network=\"blue\"/></interface>")],
        [
            (f"devices/interface[{MAC}]/source/@network", "blue", "red"),
            (f"devices/interface[{MAC}]/model/@type", "e1000", "virtio"),
        ],
    ),
}  # fmt: skip
NETWORKS: dict[str, Row] = {
    "entries of the second <ip>": (
        NET.format(IP.format(hosts("15")) + IP6.format("<host name='a' ip='fd00::5'/>")),
        NET.format(IP.format(hosts("15")) + IP6.format("")),
        [("update-network", {"section": "ip-dhcp-host", "command": "add", "parent": "1"},
          "<host name=\"a\" ip=\"fd00::5\"/>")],
        [],
    ),
    "an entry that changes, one that comes, one that goes": (
        NET.format(IP.format(hosts("15", "26"))), NET.format(IP.format(hosts("17", "38"))),
        [
            ("update-network", {"section": "ip-dhcp-host", "command": "modify", "parent": "0"},
             "<host mac=\"52:54:00:00:00:01\" ip=\"10.0.0.5\"/>"),
            ("update-network", {"section": "ip-dhcp-host", "command": "add", "parent": "0"},
             "<host mac=\"52:54:00:00:00:02\" ip=\"10.0.0.6\"/>"),
            ("update-network", {"section": "ip-dhcp-host", "command": "delete", "parent": "0"},
             "<host mac=\"52:54:00:00:00:03\" ip=\"10.0.0.8\"/>"),
        ],
        [],
    ),
    "a name of the DNS": (
        NET.format("<dns><host ip='10.0.0.5'><hostname>a</hostname></host></dns>" + IP.format("")),
        NET.format("<dns><host ip='10.0.0.5'><hostname>b</hostname></host></dns>" + IP.format("")),
        [
            ("update-network", {"section": "dns-host", "command": "delete", "parent": "-1"},
             "<host ip=\"10.0.0.5\"/>"),
            ("update-network", {"section": "dns-host", "command": "add", "parent": "-1"},
             "<host ip=\"10.0.0.5\"><hostname>a</hostname></host>"),
        ],
        [],
    ),
    "a group of ports": (
        NET.format("<portgroup name='p' default='yes'/>"), NET.format("<portgroup name='p'/>"),
        [("update-network", {"section": "portgroup", "command": "modify", "parent": "-1"},
          "<portgroup name=\"p\" default=\"yes\"/>")],
        [],
    ),
    "an interface to forward to": (
        NET.format("<forward mode='passthrough'><interface dev='e0'/><interface dev='e1'/></forward>"),
        NET.format("<forward mode='passthrough'><interface dev='e0'/></forward>"),
        [("update-network", {"section": "forward-interface", "command": "add", "parent": "-1"},
          "<interface dev=\"e1\"/>")],
        [],
    ),
    "an entry of which two values change, behind something that waits": (
        NET.format("<domain name='a'/>" + IP.format(f"<host mac='{MAC}' name='x' ip='10.0.0.5'/>")),
        NET.format("<domain name='b'/>" + IP.format(f"<host mac='{MAC}' name='y' ip='10.0.0.7'/>")),
        [("update-network", {"section": "ip-dhcp-host", "command": "modify", "parent": "0"},
          f"<host mac=\"{MAC}\" name=\"x\" ip=\"10.0.0.5\"/>")],
        [("domain/@name", "a", "b")],
    ),
    "a domain waits": (
        NET.format("<domain name='a'/>"), NET.format(""), [], [("domain", "<domain name=\"a\"/>", None)],
    ),
}  # fmt: skip
POOL = "<pool type='dir'><name>p</name><target><path>/{}</path></target></pool>"


def check(kind: Kind, row: Row) -> None:
    wanted, running, done, waits = row
    found = live(wanted, running, kind)
    assert [
        (c.operation.verb, dict(c.operation.arguments()), c.operation.document) for c in found.changes
    ] == done
    assert [(d.path, d.declared, d.observed) for d in found.pending] == waits
    assert {c.difference.effect for c in found.changes} <= {Effect.LIVE}
    assert {d.effect for d in found.pending} <= {Effect.NEXT_BOOT}
    every = [*found.pending, *(c.difference for c in found.changes)]
    assert {d.cause for d in every} <= {Cause.DRIFTED}
    for change in found.changes:
        if change.operation.verb in ("attach", "detach"):
            there = (
                change.difference.declared
                if change.operation.verb == "attach"
                else change.difference.observed
            )
            assert there is not None


@pytest.mark.parametrize("case", DOMAINS)
def test_a_running_guest(case: str) -> None:
    check(Kind.DOMAIN, DOMAINS[case])


@pytest.mark.parametrize("case", NETWORKS)
def test_an_active_network(case: str) -> None:
    check(Kind.NETWORK, NETWORKS[case])


def test_all_of_a_pool_waits() -> None:
    found = live(POOL.format("a"), POOL.format("b"), Kind.STORAGE_POOL)
    assert found.changes == ()
    assert [(d.path, d.declared, d.observed) for d in found.pending] == [("target/path", "/a", "/b")]
