"""One table tells list elements apart: merging `xml:` and comparing agree, and both with libvirt."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from drivers.dialects import dialect
from reconciler.compare import compare
from reconciler.compare.match import pair
from specs.documents.identities import LIBVIRT
from specs.documents.overlay import merge
from specs.documents.tree import Node, to_node
from specs.documents.values import normalise_values
from specs.identity import Kind

DOMAIN, NETWORK, POOL = "domain", "network", "pool"


def _channel(kind: str, name: str) -> str:
    return f"<channel type='unix'><target type='{kind}' name='{name}'/></channel>"


def _forwarded(port: int) -> str:
    return f"<channel type='pty'><target type='guestfwd' address='10.0.2.1' port='{port}'/></channel>"


def _pci(address: str) -> str:
    return f"<hostdev mode='subsystem' type='pci'><source><address {address}/></source></hostdev>"


def _evdev(path: str) -> str:
    return f"<input type='passthrough' bus='virtio'><source evdev='{path}'/></input>"


def _host(port: int) -> str:
    return f"<host name='mon' port='{port}'/>"


def _srv(target: str, port: int) -> str:
    return f"<srv service='ldap' protocol='tcp' target='{target}' port='{port}'/>"


SAME = {
    "a channel by kind and name": (
        DOMAIN,
        "devices/channel",
        _channel("virtio", "a"),
        _channel("virtio", "a"),
    ),
    "a forwarded channel by its address": (DOMAIN, "devices/channel", _forwarded(1), _forwarded(1)),
    "a PCI device, whatever its numbers look like": (
        DOMAIN,
        "devices/hostdev",
        _pci("domain='0x0000' bus='0x03' slot='0x00' function='0x0'"),
        _pci("bus='3' slot='0'"),
    ),
    "a MAC in capitals": (
        DOMAIN,
        "devices/interface",
        "<interface><mac address='52:54:00:AA:00:01'/></interface>",
        "<interface><mac address='52:54:00:aa:00:01'/></interface>",
    ),
    "an environment variable": (
        DOMAIN,
        "os/initenv",
        "<initenv name='A'>1</initenv>",
        "<initenv name='A'>2</initenv>",
    ),
    "a service record, whatever its port": (NETWORK, "dns/srv", _srv("a", 1), _srv("a", 2)),
    "IPv4 goes without saying": (
        NETWORK,
        "ip",
        "<ip family='ipv4' address='10.0.0.1'/>",
        "<ip address='10.0.0.1'/>",
    ),
    "names of one address": (
        NETWORK,
        "dns/host",
        "<host ip='10.0.0.1'><hostname>a</hostname></host>",
        "<host ip='10.0.0.1'><hostname>b</hostname></host>",
    ),
}

OTHERS = {
    "channels of two kinds": (DOMAIN, "devices/channel", _channel("virtio", "a"), _channel("xen", "a")),
    "companions of a USB controller": (
        DOMAIN,
        "devices/controller",
        "<controller type='usb' index='0' model='ich9-ehci1'/>",
        "<controller type='usb' index='0' model='ich9-uhci1'/>",
    ),
    "two PCI devices": (DOMAIN, "devices/hostdev", _pci("bus='3' slot='0'"), _pci("bus='4' slot='0'")),
    "two parallel ports": (
        DOMAIN,
        "devices/parallel",
        "<parallel type='pty'><target port='0'/></parallel>",
        "<parallel type='pty'><target port='1'/></parallel>",
    ),
    "two audio backends": (
        DOMAIN,
        "devices/audio",
        "<audio id='1' type='none'/>",
        "<audio id='2' type='none'/>",
    ),
    "two devices that are passed through": (
        DOMAIN,
        "devices/input",
        _evdev("/dev/input/event1"),
        _evdev("/dev/input/event2"),
    ),
    "memory of two cells": (
        DOMAIN,
        "numatune/memnode",
        "<memnode cellid='0' mode='strict' nodeset='1'/>",
        "<memnode cellid='1' mode='strict' nodeset='2'/>",
    ),
    "pins of two threads": (
        DOMAIN,
        "cputune/iothreadpin",
        "<iothreadpin iothread='1' cpuset='1'/>",
        "<iothreadpin iothread='2' cpuset='2'/>",
    ),
    "schedulers of two CPUs": (
        DOMAIN,
        "cputune/vcpusched",
        "<vcpusched vcpus='0' scheduler='fifo' priority='1'/>",
        "<vcpusched vcpus='1' scheduler='fifo' priority='1'/>",
    ),
    "caches of two sets of CPUs": (
        DOMAIN,
        "cputune/cachetune",
        "<cachetune vcpus='0-1'/>",
        "<cachetune vcpus='2-3'/>",
    ),
    "two CPUs": (DOMAIN, "vcpus/vcpu", "<vcpu id='0' enabled='yes'/>", "<vcpu id='1' enabled='no'/>"),
    "limits of two devices": (
        DOMAIN,
        "blkiotune/device",
        "<device><path>/dev/sda</path></device>",
        "<device><path>/dev/sdb</path></device>",
    ),
    "labels of two models": (
        DOMAIN,
        "seclabel",
        "<seclabel model='selinux' type='static'/>",
        "<seclabel model='dac' type='static'/>",
    ),
    "two servers on one machine": (POOL, "source/host", _host(6789), _host(6790)),
    "service records of two targets": (NETWORK, "dns/srv", _srv("a", 1), _srv("b", 1)),
    "guests of two names": (
        NETWORK,
        "ip/dhcp/host",
        "<host name='a' ip='10.0.0.5'/>",
        "<host name='b' ip='10.0.0.5'/>",
    ),
    "two devices of a network": (
        NETWORK,
        "forward/address",
        "<address type='pci' domain='0' bus='3' slot='0' function='0'/>",
        "<address type='pci' domain='0' bus='4' slot='0' function='0'/>",
    ),
}

CASES = [
    *(pytest.param(*case, True, id=name) for name, case in SAME.items()),
    *(pytest.param(*case, False, id=name) for name, case in OTHERS.items()),
]


def _document(root: str, path: str, inner: str) -> str:
    for tag in reversed(path.split("/")[:-1]):
        given = " address='10.0.0.1'" if tag == "ip" else ""
        inner = f"<{tag}{given}>{inner}</{tag}>"
    return f"<{root}>{inner}</{root}>"


def _node(text: str) -> Node:
    node = to_node(etree.fromstring(text))
    normalise_values(node)
    return node


@pytest.mark.parametrize(("root", "path", "one", "other", "same"), CASES)
def test_merging_and_comparing_agree_on_what_is_the_same(
    root: str, path: str, one: str, other: str, same: bool
) -> None:
    document = etree.fromstring(_document(root, path, one))
    merge(document, _document(root, path, other))
    assert len(document.findall(path)) == (1 if same else 2)

    parent, _, tag = path.rpartition("/")
    row = LIBVIRT.of(parent, tag)
    assert row is not None
    known = {row.identity(_node(text)) for text in (one, other)}
    assert "" not in known
    assert len(known) == (1 if same else 2)


@pytest.mark.parametrize(("root", "path", "one", "other", "same"), CASES)
def test_of_two_the_one_that_is_the_same_is_found(
    root: str, path: str, one: str, other: str, same: bool
) -> None:
    """Whatever else resembles it: the other order of the same elements pairs them alike."""
    parent = path.rpartition("/")[0]
    left, right = [_node(one), _node(other)], [_node(other), _node(one)]
    pairs = pair(LIBVIRT, parent, left, right)
    assert len(pairs) == 2
    assert all(mine.same(theirs) for mine, theirs in pairs.items())


_ORDERED = {
    "boot devices": ("os", "<boot dev='hd'/>", "<boot dev='network'/>"),
    "arguments of init": ("os", "<initarg>a</initarg>", "<initarg>b</initarg>"),
}


@pytest.mark.parametrize(("parent", "one", "other"), _ORDERED.values(), ids=_ORDERED)
def test_an_order_that_means_something_is_seen_and_healed(parent: str, one: str, other: str) -> None:
    domain = f"<domain type='lxc'><name>a</name><{parent}>{{}}</{parent}></domain>"
    given, kept = domain.format(one + other), domain.format(other + one)
    known = dialect("lxc")
    found = compare(Kind.DOMAIN, given, kept, None, known)
    assert found.differences
    assert not compare(Kind.DOMAIN, given, found.merged, None, known).differences
    more = compare(Kind.DOMAIN, given, domain.format(one), None, known)
    assert not compare(Kind.DOMAIN, given, more.merged, None, known).differences


_ELEMENTS = {
    (parent, tag): [
        text for case in (*SAME.values(), *OTHERS.values()) if case[1] == path for text in case[2:]
    ]
    for path in {case[1] for case in (*SAME.values(), *OTHERS.values())}
    for parent, _, tag in (path.rpartition("/"),)
}


@given(st.sampled_from(sorted(_ELEMENTS)), st.integers(0, 1000))
@settings(deadline=None)
def test_equal_elements_are_paired_in_any_order(place: tuple[str, str], seed: int) -> None:
    parent, _ = place
    texts = _ELEMENTS[place]
    shuffled = random.Random(seed).sample(texts, len(texts))
    pairs = pair(LIBVIRT, parent, map(_node, texts), map(_node, shuffled))
    assert len(pairs) == len(texts)
    assert all(mine.same(theirs) for mine, theirs in pairs.items())


@given(st.sampled_from(sorted(_ELEMENTS)), st.data())
@settings(deadline=None)
def test_merging_what_is_there_adds_nothing(place: tuple[str, str], data: st.DataObject) -> None:
    parent, tag = place
    path = f"{parent}/{tag}".lstrip("/")
    root = next(case[0] for case in (*SAME.values(), *OTHERS.values()) if case[1] == path)
    text = data.draw(st.sampled_from(_ELEMENTS[place]))
    document = etree.fromstring(_document(root, path, text))
    before = etree.tostring(document)
    merge(document, _document(root, path, text))
    assert etree.tostring(document) == before


def test_namespaces_are_none_of_an_identity() -> None:
    space = "{http://libvirt.org/schemas/domain/qemu/1.0}"
    assert LIBVIRT.of(f"{space}commandline", f"{space}env") is LIBVIRT.of("commandline", "env")
    assert LIBVIRT.of("commandline", "env") is not None


def test_a_cell_without_a_number_is_the_one_at_its_place() -> None:
    document = etree.fromstring(
        "<domain><cpu><numa><cell id='0' cpus='0'/><cell id='1'/></numa></cpu></domain>"
    )
    merge(document, "<domain><cpu><numa><cell/><cell memAccess='shared'/></numa></cpu></domain>")
    cells = document.findall("cpu/numa/cell")
    assert [cell.get("memAccess") for cell in cells] == [None, "shared"]
