"""Guests that are waited for: by their lease, and by what a guest of their own is declared after."""

from __future__ import annotations

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost
from tests.support.guests import boot

pytestmark = pytest.mark.real

_TREE = """\
apiVersion: virt-reconcile/v1
kind: Network
metadata: {name: lan}
spec: {ips: [{address: 192.168.77.1/24, dhcp: {ranges: [{start: 192.168.77.10, end: 192.168.77.99}]}}]}
"""
_GUEST = """\
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}}}
spec:
  type: qemu
  memory: 256MiB
  kernel: {{image: {kernel}, initrd: {initrd}, cmdline: console=ttyS0 quiet}}
  interfaces: [{{network: lan}}]
  {more}
"""


def write_tree(shell: Shell, **more: str) -> None:
    guest = boot()
    text = _TREE
    for name, extra in more.items():
        text += _GUEST.format(name=name, kernel=guest.kernel, initrd=guest.initrd, more=extra)
    shell.write("guests.yaml", text)


def test_a_guest_starts_when_the_one_before_it_has_its_address(host: LibvirtHost, shell: Shell) -> None:
    write_tree(shell, web="after: [db]", db="ready: {method: lease, timeout: 60s}")
    shell.apply()
    lines = [line.split(" (")[0] for line in shell.err.splitlines()]
    started, ready, next_one = (
        next(i for i, line in enumerate(lines) if line.endswith(f" {step}"))
        for step in ("start Domain/db", "await Domain/db", "start Domain/web")
    )
    assert started < ready < next_one
    shell.expect_nothing_to_do()
    assert shell("status", "-o", "wide") == 0
    assert "192.168.77." in shell.out


def test_a_guest_that_is_never_ready_fails_and_holds_up_only_those_after_it(
    host: LibvirtHost, shell: Shell
) -> None:
    write_tree(shell, web="after: [db]", db="ready: {tcp: 9, timeout: 3s}", cache="")
    assert shell("apply", "--yes") == 1
    assert "not ready within 3 s" in shell.err
    assert sorted(host.virsh("list", "--name").split()) == ["cache", "db"]
    write_tree(shell, web="after: [db]", db="ready: none", cache="")
    shell.apply()
    shell.expect_nothing_to_do()
    assert sorted(host.virsh("list", "--name").split()) == ["cache", "db", "web"]
