"""A user's own libvirt: what it cannot do is said offline, and what it does otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.compiling.loader import load
from specs.diagnostics import InvalidTree
from specs.matrix import by_uri, is_session
from specs.uris import refusal
from tests.specs.tree import document, many, write

HOST = document("Host", "me", "{uri: 'qemu:///session'}")
LAN = document("Network", "lan", "{ips: [{address: 10.9.0.1/24}]}")


def test_a_session_is_known_by_its_uri() -> None:
    assert is_session("qemu+ssh://me@hv1/session?no_tty=1")
    assert not is_session("qemu+ssh://session/system")
    assert by_uri("qemu:///session").family == by_uri("qemu:///system").family == "qemu"
    assert by_uri("qemu:///session").title != by_uri("qemu:///system").title
    assert "/system" in refusal("lxc:///session")
    assert refusal("qemu:///session") == ""


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (LAN, "lan.yaml:4:7: me (a user's session) may make no bridge, which a network of its own needs"),
        (LAN.replace("{ips", "{forward: nat, ips"), "cannot give a network forward: it may make no bridge"),
        (document("NetworkFilter", "f", "{}"), "cannot hold filters"),
        (document("Domain", "w", "{memory: 1GiB, interfaces: [{direct: {dev: eth0}}]}"), "say user: true"),
        (document("Domain", "w", "{memory: 1GiB, shares: 100}"), "has no control groups"),
        (document("Domain", "w", "{memory: 1GiB, memoryLimits: {hard: 2GiB}}"), "has no control groups"),
    ],
)
def test_what_it_cannot_do(tmp_path: Path, declared: str, message: str) -> None:
    write(tmp_path, {"lan.yaml": declared, "x.yaml": HOST})
    with pytest.raises(InvalidTree) as refused:
        load(tmp_path)
    assert message in str(refused.value)


def test_what_it_can_do_and_what_is_to_be_known(tmp_path: Path) -> None:
    guest = "{memory: 1GiB, autostart: true, interfaces: [{user: true}, {bridge: br0}]}"
    declared = many(
        document("Domain", "w", guest),
        document("Network", "off", "{state: inactive}"),
        document("Network", "wire", "{forward: bridge, bridge: br0}"),
        document("StoragePool", "mine", "{target: /home/me/guests}"),
    )
    told = [str(each) for each in load(write(tmp_path, {"a.yaml": declared, "x.yaml": HOST})).warnings]
    assert len(told) == 2
    assert "a.yaml:4:33: me is a user's session, which nothing starts with the machine" in told[0]
    assert "loginctl enable-linger USER" in told[0]
    assert "echo 'allow br0' | sudo tee -a /etc/qemu/bridge.conf" in told[1]
