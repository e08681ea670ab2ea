"""A running QEMU guest: changed live under the same process, healed, never restarted without leave."""

from __future__ import annotations

import json

import pytest

from tests.real.conftest import Shell, vouched_for
from tests.real.test_faults import wait_until
from tests.support.daemons import LibvirtHost
from tests.support.guests import boot, wait_for

pytestmark = pytest.mark.real

STORAGE = """\
apiVersion: virt-reconcile/v1
kind: Network
metadata: {{name: lan}}
spec:
  forward: nat
  ips:
    - address: 10.71.0.1/24
      dhcp:
        ranges: [{{start: 10.71.0.10, end: 10.71.0.99}}]
        hosts: {dhcp}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: guests}}
spec: {{target: {folder}}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: root.qcow2}}
spec: {{pool: guests, capacity: {capacity}}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: data.qcow2}}
spec: {{pool: guests, capacity: 16MiB}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: one.iso}}
spec: {{pool: guests, capacity: 1MiB}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: two.iso}}
spec: {{pool: guests, capacity: 1MiB}}
"""
GUEST = """\
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec:
  type: qemu
  description: {description}
  autostart: {autostart}
  memory: {{size: {memory}, max: 256MiB}}
  vcpus: {{count: {vcpus}, max: 2}}
  kernel: {{image: {kernel}, initrd: {initrd}, cmdline: "console=ttyS0"}}
  serial: [{{type: file, path: {console}}}]
  restart: {restart}
  disks:
    - {{target: vda, volume: {{pool: guests, name: root.qcow2}}}}
    - {{target: sda, device: cdrom, volume: {{pool: guests, name: {medium}}}}}
{disk}
  interfaces:
    - {{network: lan, link: {link}, model: {model}}}
{nic}
"""
PLAIN = {
    "dhcp": "[]",
    "capacity": "16MiB",
    "description": "first",
    "autostart": "false",
    "memory": "256MiB",
    "vcpus": "1",
    "restart": "never",
    "medium": "one.iso",
    "disk": "",
    "link": "up",
    "model": "virtio",
    "nic": "",
}


class Guest:
    """One declared guest on a host, and the process that runs it."""

    def __init__(self, host: LibvirtHost, shell: Shell) -> None:
        self.host, self.shell = host, shell
        self.console = host.images / "console.log"

    def declare(self, **changed: str) -> None:
        """Writes the tree, plain but for what is changed."""
        values = PLAIN | changed
        kernel = boot()
        self.shell.write("storage.yaml", STORAGE.format(folder=self.host.images / "guests", **values))
        self.shell.write(
            "web.yaml",
            GUEST.format(kernel=kernel.kernel, initrd=kernel.initrd, console=self.console, **values),
        )

    @property
    def process(self) -> tuple[int, str]:
        return self.host.qemu_process("web")

    def live(self, xpath_words: str) -> bool:
        return xpath_words in self.host.virsh("dumpxml", "web")


@pytest.fixture
def guest(host: LibvirtHost, shell: Shell) -> Guest:
    """A guest that has booted."""
    guest = Guest(host, shell)
    guest.declare()
    shell.apply()
    wait_for(guest.console)
    shell.expect_nothing_to_do()
    return guest


LIVE = {
    "memory": {"memory": "160MiB", "restart": "if-needed"},
    "a disk": {"disk": "    - {target: vdb, volume: {pool: guests, name: data.qcow2}}"},
    "a NIC": {"nic": "    - {network: lan, mac: '52:54:00:aa:00:02'}"},
    "another CD": {"medium": "two.iso"},
    "the cable": {"link": "down"},
    "the description": {"description": "second"},
    "autostart": {"autostart": "true"},
    "a DHCP host": {"dhcp": "[{mac: '52:54:00:aa:00:09', ip: 10.71.0.50}]"},
}
ONE_WAY = {"vcpus": {"vcpus": "2"}, "a larger disk": {"capacity": "32MiB"}}
"""A volume never shrinks, and QEMU 7.2 under emulation dies of an unplugged CPU."""


def test_every_live_change_and_its_way_back_leave_the_process_alone(guest: Guest) -> None:
    process = guest.process
    for what, change in LIVE.items():
        guest.declare(**change)
        assert guest.shell("plan", "--detailed-exitcode") == 2, what
        guest.shell.apply()
        guest.shell.expect_nothing_to_do()
        assert guest.process == process, what
        assert vouched_for(guest.host, "web"), what
        guest.declare()
        guest.shell.apply()
        guest.shell.expect_nothing_to_do()
        assert guest.process == process, what


def test_what_only_grows_is_live_too(guest: Guest) -> None:
    process = guest.process
    guest.declare(**ONE_WAY["vcpus"], **ONE_WAY["a larger disk"])
    guest.shell.apply()
    guest.shell.expect_nothing_to_do()
    assert guest.process == process
    assert "33554432" in guest.host.virsh("domblkinfo", "web", "vda")


def test_the_live_guest_really_has_what_was_declared(guest: Guest) -> None:
    changes = {k: v for name in ("a disk", "a NIC", "another CD") for k, v in LIVE[name].items()}
    guest.declare(**changes)
    guest.shell.apply()
    for words in ("volume='data.qcow2'", "52:54:00:aa:00:02", "volume='two.iso'"):
        assert guest.live(words)


DRIFT = {
    "memory": (("setmem", "web", "131072", "--config", "--live"), "currentMemory"),
    "maximum memory": (("setmaxmem", "web", "524288", "--config"), "memory"),
    "vcpus": (("setvcpus", "web", "2", "--config"), "vcpu/@current"),
    "description": (("desc", "web", "--config", "behind our back"), "description"),
    "autostart": (("autostart", "web"), "autostart"),
    "power": (("suspend", "web"), "power"),
    "cable": (("domif-setlink", "web", "{mac}", "down", "--config"), "link"),
    "network": (
        ("net-update", "lan", "add", "ip-dhcp-host", "<host mac='52:54:00:bb:00:01' ip='10.71.0.60'/>",
         "--live", "--config"),
        "dhcp",
    ),
    "disk": (
        ("attach-disk", "web", "/dev/zero", "vdz", "--config", "--sourcetype", "block", "--driver", "qemu",
         "--subdriver", "raw"),
        "disk[vdz]",
    ),
    "NIC": (
        ("attach-interface", "web", "network", "lan", "--mac", "52:54:00:cc:00:01", "--config"),
        "52:54:00:cc:00:01",
    ),
    "CPU weight, live only": (("schedinfo", "web", "--live", "cpu_shares=512"), ""),
    "memory, live only": (("setmem", "web", "131072", "--live"), "currentMemory"),
}  # fmt: skip


def test_what_somebody_did_with_virsh_is_drift_and_is_healed(guest: Guest) -> None:
    process = guest.process
    document = guest.host.virsh("dumpxml", "web")
    mac = document.partition("<mac address='")[2].partition("'")[0]
    for what, (command, path) in DRIFT.items():
        guest.host.virsh(*(part.format(mac=mac) for part in command))
        if not path:
            continue  # a default of the kernel that the files do not speak of
        if path == "currentMemory":  # the guest lets go of its memory in its own time
            wait_until(lambda: "<currentMemory unit='KiB'>131072<" in guest.host.virsh("dumpxml", "web"))
        code = guest.shell("plan", "--detailed-exitcode", "-o", "json")
        assert code == 2, what
        found = [
            difference
            for resource in json.loads(guest.shell.out)["resources"]
            for difference in (*resource["differences"], *resource["pending"])
        ]
        assert any(path in d["path"] and d["cause"] == "drifted" for d in found), (what, found)
        guest.shell.apply()
        guest.shell.expect_nothing_to_do()
        assert guest.process == process, what


def test_what_cannot_be_live_waits_until_the_guest_restarts(guest: Guest) -> None:
    process = guest.process
    guest.declare(model="e1000")
    guest.shell.apply()
    guest.shell.expect_nothing_to_do()
    assert "at next start" in guest.shell.out
    assert guest.shell("status") == 0
    assert "pending-restart" in guest.shell.out
    assert guest.process == process

    guest.declare(model="e1000", restart="if-needed")
    assert guest.shell("plan", "--detailed-exitcode") == 2
    assert "restart" in guest.shell.out
    guest.shell.apply()
    guest.shell.expect_nothing_to_do()
    assert "next start" not in guest.shell.out
    assert guest.process != process
    assert guest.live("type='e1000'")


def test_a_daemon_that_restarts_changes_nothing(guest: Guest) -> None:
    process = guest.process
    guest.host.restart()
    guest.shell.expect_nothing_to_do()
    guest.shell.lose_state()
    guest.shell.expect_nothing_to_do()
    assert guest.process == process


def test_a_guest_that_powered_off_is_started_again(guest: Guest) -> None:
    guest.host.virsh("destroy", "web")
    assert guest.shell("plan", "--detailed-exitcode") == 2
    assert "state: stopped → running" in guest.shell.out
    guest.shell.apply()
    guest.shell.expect_nothing_to_do()


def test_a_transient_guest_gets_its_definition_back(guest: Guest) -> None:
    process = guest.process
    guest.host.virsh("undefine", "web")
    assert guest.shell("plan", "--detailed-exitcode") == 2
    guest.shell.apply()
    guest.shell.expect_nothing_to_do()
    assert guest.process == process
    assert "web" in guest.host.virsh("list", "--all", "--persistent")


def test_prune_stops_gracefully_and_keeps_data(guest: Guest) -> None:
    (guest.shell.tree / "web.yaml").unlink()
    assert guest.shell("plan", "--detailed-exitcode") == 0
    assert "declared no more" in guest.shell.out
    guest.shell.apply("--prune")
    assert "web" not in guest.host.virsh("list", "--all", "--name").split()
    assert (guest.host.images / "guests" / "root.qcow2").exists()
    guest.shell.expect_nothing_to_do("--prune")
