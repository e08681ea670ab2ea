"""A real guest: waited for, seen in status, and used at its console."""

from __future__ import annotations

import re

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost
from tests.support.guests import ECHO, boot
from tests.support.screen import screen

LAN = """<network><name>lan</name><ip address='192.168.215.1' netmask='255.255.255.0'>
  <dhcp><range start='192.168.215.100' end='192.168.215.200'/></dhcp></ip></network>"""
GUEST = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec:
  memory: 256MiB
  vcpus: 1
  interfaces: [{{network: lan}}]
  agent: true
  ready: {ready}
  stop: {{deadline: 20s}}
  xml: |
    <domain type='qemu'>{os}</domain>
"""


@pytest.mark.parametrize("ready", ["agent", "lease"])
def test_apply_waits_until_the_guest_is_ready_and_status_shows_it(
    shell: Shell, host: LibvirtHost, ready: str
) -> None:
    declare(shell, ready)
    shell.apply()
    assert shell("status", "-o", "wide") == 0, shell.err
    header, *rows = shell.out.splitlines()
    (row,) = (re.split(r"\s{2,}", line) for line in rows if line.startswith("Domain/web "))
    told = dict(zip(header.split(), row, strict=True))
    shown = [told[name] for name in ("IS", "STATUS", "VCPUS", "MEMORY", "READY")]
    assert shown == ["running", "converged", "1", "256 MiB", "ready"]
    assert re.fullmatch(r"\d+s", told["UPTIME"])
    assert ready == "agent" or re.fullmatch(r"192\.168\.215\.\d+", told["ADDRESSES"])
    shell.expect_nothing_to_do()


def test_a_session_at_the_console(shell: Shell, host: LibvirtHost) -> None:
    declare(shell, "agent")
    shell.apply()
    with screen("console", "web", str(shell.tree)) as terminal:
        terminal.shows("tick ")
        terminal.type(b"hello\r")
        terminal.shows(f"{ECHO}hello")
        assert shell.run("console", "web", str(shell.tree)) == 1
        assert "somebody else is attached to the console of 'web' (--force throws them out)" in shell.err
        terminal.type(b"\x1d")
        assert terminal.ends() == 0
    with screen("console", "web", str(shell.tree)) as terminal:
        terminal.shows("tick ")
        host.virsh("destroy", "web")
        assert terminal.ends() == 0


def test_the_daemons_end_ends_the_session(shell: Shell, host: LibvirtHost) -> None:
    declare(shell, "agent")
    shell.apply()
    try:
        with screen("console", "web", str(shell.tree)) as terminal:
            terminal.shows("tick ")
            host.kill()
            assert terminal.ends() == 0
    finally:
        host.start()
    shell.expect_nothing_to_do()  # the guest went on


def declare(shell: Shell, ready: str) -> None:
    shell.write("hv1/lan.xml", LAN)
    shell.write("web.yaml", GUEST.format(ready=ready, os=boot().os_xml()))
