"""A fleet of three real hosts with a tree of counting guests."""

from __future__ import annotations

import time
from pathlib import Path

from tests.real.conftest import Shell
from tests.support.daemons import HostFleet
from tests.support.full import full_disk_image
from tests.support.ticker import disk_image, ticks

_HOST = """\
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: {name}}}
spec: {{uri: "{uri}", migration: {{address: {address}}}{more}}}
"""
_POOLS = """\
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: shared}}
spec: {{hosts: all, shared: true, target: {shared}}}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{hosts: all, target: /var/lib/libvirt/images}}
---
apiVersion: virt-reconcile/v1
kind: Network
metadata: {{name: lan}}
spec: {{hosts: all}}
"""
_GUEST = """\
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: {name}.img}}
spec: {{pool: {pool}, capacity: 1MiB, source: ticker.img}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}}}
spec:
  host: {host}
  state: {state}
  autostart: true
  type: qemu
  memory: 64MiB
  disks: [{{target: vda, volume: {{pool: {pool}, name: {name}.img}}}}]
  serial: [{{type: pty, log: {console}}}]
  stop: {{deadline: 1s, force: true}}
  migration: {migration}
  {more}
"""


class Fleet:
    """Three real hosts with a tree; guests are declared by name."""

    def __init__(self, hosts: HostFleet, shell: Shell) -> None:
        self.hosts = {host.name: host for host in hosts.hosts}
        self.shared, self.shell = hosts.shared, shell
        (shell.tree / "ticker.img").write_bytes(disk_image())
        self.declare_hosts()
        shell.write("pools.yaml", _POOLS.format(shared=hosts.shared))

    def fill_memory(self) -> None:
        """Guests declared from now on have 31 MiB of memory in use, so that a move takes its time."""
        (self.shell.tree / "ticker.img").write_bytes(full_disk_image())

    def declare_hosts(self, **more: str) -> None:
        self.shell.write(
            "hosts.yaml",
            "".join(
                _HOST.format(name=name, uri=host.qemu, address=host.address, more=more.get(name, ""))
                for name, host in self.hosts.items()
            ),
        )

    def declare(
        self,
        name: str,
        host: str,
        *,
        pool: str = "shared",
        state: str = "running",
        migration: str = "{}",
        placement: str = "",
    ) -> None:
        """A guest on that host; with a placement it may be elsewhere while that is in maintenance."""
        self.shell.write(
            f"{name}.yaml",
            _GUEST.format(
                name=name,
                host=host,
                pool=pool,
                state=state,
                migration=migration,
                console=self.console(name),
                more=f"placement: {placement}" if placement else "",
            ),
        )

    def console(self, name: str) -> Path:
        return self.shared / f"{name}.console"

    def where(self, name: str) -> dict[str, str]:
        """The hosts that know a domain, with its state there."""
        found = {}
        for label, host in self.hosts.items():
            if name in host.virsh("list", "--all", "--name").split():
                found[label] = host.virsh("domstate", name)
        return found

    def expect_unbroken(self, name: str) -> None:
        """The guest has counted on without a restart and without a second one of it."""
        seen = ticks(self.console(name))
        assert seen == list(range(1, len(seen) + 1))


def wait_for_tick(fleet: Fleet, name: str, number: int) -> None:
    until = time.monotonic() + 60
    while not (seen := ticks(fleet.console(name))) or seen[-1] < number:
        assert time.monotonic() < until, seen
        time.sleep(0.05)
