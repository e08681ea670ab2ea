"""What a host asks for at the login, and that nobody else is asked."""

from __future__ import annotations

from pathlib import Path

import libvirt
import pytest

from drivers.base.errors import Unreachable
from drivers.contract.complete import open_complete
from drivers.libvirt.connection import Connection
from drivers.libvirt.opening import unattended

NODE = """
<node>
  <cpu><mhz>2000</mhz><model>x</model><active>4</active><nodes>1</nodes><sockets>1</sockets>
  <cores>4</cores><threads>1</threads></cpu>
  <memory>8000000</memory>
  <auth><user password='correct horse'>me</user><user>guest</user></auth>
</node>
"""
RIGHT = {"authname": "me", "passphrase": "correct horse"}


@pytest.fixture
def uri(tmp_path: Path) -> str:
    (tmp_path / "node.xml").write_text(NODE)
    return f"test://{tmp_path}/node.xml"


@pytest.mark.parametrize("readonly", [False, True])
@pytest.mark.parametrize("credentials", [RIGHT, {"authname": "guest"}])
def test_the_right_answers_open_the_host(uri: str, readonly: bool, credentials: dict[str, str]) -> None:
    driver = open_complete(uri, host="hv", readonly=readonly, credentials=credentials)
    assert driver.observe.inventory().host == "hv"
    driver.close()


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        ({}, "Host.spec.credentials"),
        ({"authname": "me"}, "Host.spec.credentials"),
        ({"passphrase": "correct horse"}, "Host.spec.credentials"),
        ({"authname": "me", "passphrase": "battery staple"}, "authentication failed"),
        ({"authname": "nobody", "passphrase": "battery staple"}, "authentication failed"),
    ],
)
def test_wrong_answers_are_said_but_not_repeated(uri: str, credentials: dict[str, str], said: str) -> None:
    with pytest.raises(Unreachable, match=said) as caught:
        open_complete(uri, host="hv", credentials=credentials)
    assert not any(value in str(caught.value) for value in credentials.values() if " " in value)


def test_a_connection_that_was_lost_and_another_one_log_in_too(uri: str) -> None:
    connection = Connection(uri, readonly=False, credentials=RIGHT)
    connection._lose(connection.handle())
    assert connection.read(libvirt.virConnect.getHostname)
    other = connection.another()
    assert other.read(libvirt.virConnect.getHostname)
    other.close()
    connection.close()


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ("qemu+ssh://me@hv/system", "qemu+ssh://me@hv/system?no_tty=1"),
        ("qemu+ssh://hv/system?keyfile=/k", "qemu+ssh://hv/system?keyfile=/k&no_tty=1"),
        ("qemu+ssh://hv/system?no_tty=0", "qemu+ssh://hv/system?no_tty=0"),
        ("qemu+tls://hv/system", "qemu+tls://hv/system"),
        ("qemu:///system", "qemu:///system"),
    ],
)
def test_ssh_asks_for_nothing(given: str, opened: str) -> None:
    assert unattended(given) == opened
